// SPDX-License-Identifier: Apache-2.0
#include "soc/finisher.h"

#include "imcvp/soc.h"

namespace imc::soc {

Finisher::Finisher(const sc_core::sc_module_name& name, const sc_core::sc_time& access_time)
    : Peripheral(name, IMC_SOC_FINISHER_SIZE, access_time)
{
    add(0, 4).on_write([this](unsigned, std::uint64_t v) { write(static_cast<std::uint32_t>(v)); });
}

void Finisher::write(std::uint32_t value)
{
    const std::uint32_t command = value & 0xFFFF;
    const int code = static_cast<int>(value >> 16);
    if (m_exit_code) return;
    if (command == IMC_FINISHER_PASS)
        m_exit_code = 0;
    else if (command == IMC_FINISHER_FAIL)
        m_exit_code = code == 0 ? 1 : code;
    else if (command == IMC_FINISHER_RESET)
        m_exit_code = reset_code;
    else
        return;
    m_time = access_stamp();
    m_finished.notify();
    if (m_callback) m_callback(*m_exit_code);
}

}  // namespace imc::soc
