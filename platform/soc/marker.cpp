// SPDX-License-Identifier: Apache-2.0
#include "soc/marker.h"

#include "imcvp/soc.h"

namespace imc::soc {

Marker::Marker(const sc_core::sc_module_name& name, const sc_core::sc_time& access_time)
    : Peripheral(name, IMC_SOC_MARKER_SIZE, access_time)
{
    add(IMC_MARKER_BEGIN, 4).write_only().on_write([this](unsigned, std::uint64_t value) {
        const auto mark = static_cast<std::uint32_t>(value);
        if (m_listener)
            m_listener->on_begin(mark >> IMC_MARKER_IMAGE_SHIFT,
                                 mark & ((1u << IMC_MARKER_IMAGE_SHIFT) - 1), access_stamp());
    });
    add(IMC_MARKER_END, 4).write_only().on_write([this](unsigned, std::uint64_t value) {
        if (m_listener) m_listener->on_end(static_cast<std::uint32_t>(value), access_stamp());
    });
}

}  // namespace imc::soc
