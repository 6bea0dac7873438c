// SPDX-License-Identifier: Apache-2.0
#include "host/native/native_host.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/module/report.h"

extern "C" {
#include "runtime/core/firmware.h"
}
#include "imcvp/soc.h"

namespace imc::host {

namespace {
constexpr std::size_t max_burst_bytes = 4096;  ///< of a copy that has to go over the bus
/// Copies without an access between them; the CRC of 4 GiB of tables, in pieces of 1 KiB, takes
/// 2^22.
constexpr std::uint64_t max_copies = std::uint64_t{1} << 24;
}  // namespace

/// The HAL's functions; `context` is the host.
struct NativeHost::Hal {
    static NativeHost& host(void* context) { return *static_cast<NativeHost*>(context); }

    template <typename T>
    static T read(void* context, std::uint64_t address)
    {
        T value = 0;
        host(context).access(tlm::TLM_READ_COMMAND, address, &value, sizeof value);
        return value;
    }
    template <typename T>
    static void write(void* context, std::uint64_t address, T value)
    {
        host(context).access(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
    }
    static void copy_in(void* context, void* to, std::uint64_t address, std::size_t bytes)
    {
        host(context).copy(tlm::TLM_READ_COMMAND, address, to, bytes);
    }
    static void copy_out(void* context, std::uint64_t address, const void* from, std::size_t bytes)
    {
        host(context).copy(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(from), bytes);
    }
    static void fence(void*) {}  // accesses take effect in program order
    static void irq_wait(void* context, imc_firmware* firmware, const volatile std::uint32_t* flag)
    {
        NativeHost& self = host(context);
        while (*flag == 0) {
            const sc_core::sc_time start = sc_core::sc_time_stamp();
            while (!is_high(self.external_irq))
                self.wait(self.irq_changes());
            self.m_statistics.asleep += sc_core::sc_time_stamp() - start;
            ++self.m_statistics.interrupts;
            report_debug(report_id::host_interrupt, [] { return std::string("taken"); });
            imc_firmware_interrupt(firmware);
        }
    }
    static imc_hal make(NativeHost* host)
    {
        imc_hal hal{};
        hal.context = host;
        hal.read32 = read<std::uint32_t>;
        hal.write32 = write<std::uint32_t>;
        hal.read8 = read<std::uint8_t>;
        hal.write8 = write<std::uint8_t>;
        hal.copy_in = copy_in;
        hal.copy_out = copy_out;
        hal.fence = fence;
        hal.irq_wait = irq_wait;
        return hal;
    }
};

NativeHost::NativeHost(const sc_core::sc_module_name& name, const HostConfig& config)
    : NativeHost(name, config, [](const imc_hal& hal) {
          auto firmware = std::make_unique<imc_firmware>();
          imc_firmware_main(firmware.get(), &hal);
      })
{
}

NativeHost::NativeHost(const sc_core::sc_module_name& name, const HostConfig& config,
                       Program program)
    : Host(name, config), m_program(std::move(program))
{
    SC_HAS_PROCESS(NativeHost);
    SC_THREAD(run);
    set_stack_size(config.stack_bytes);
}

void NativeHost::run()
{
    const imc_hal hal = Hal::make(this);
    m_program(hal);
}

void NativeHost::access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes)
{
    m_copies = 0;
    if (transact(command, address, data, bytes) == tlm::TLM_OK_RESPONSE) return;
    char text[32];
    std::snprintf(text, sizeof text, "bus error at 0x%" PRIx64, address);
    trap(text);
}

/// RAM at `address` if the whole range may be accessed directly, else null.
unsigned char* NativeHost::direct(std::uint64_t address, std::size_t bytes)
{
    const auto inside = [&] {
        return m_has_direct && m_direct.get_start_address() <= address &&
               address + bytes - 1 <= m_direct.get_end_address();
    };
    if (!inside()) m_has_direct = request_direct_access(address, m_direct);
    return inside() ? m_direct.get_dmi_ptr() + (address - m_direct.get_start_address()) : nullptr;
}

void NativeHost::copy(tlm::tlm_command command, std::uint64_t address, void* data,
                      std::size_t bytes)
{
    if (bytes == 0) return;
    if (++m_copies > max_copies) trap("it copies and no time passes: the firmware spins");
    if (unsigned char* ram = direct(address, bytes)) {
        command == tlm::TLM_READ_COMMAND ? std::memcpy(data, ram, bytes)
                                         : std::memcpy(ram, data, bytes);
        return;
    }
    auto* at = static_cast<unsigned char*>(data);
    for (std::size_t done = 0; done < bytes; done += max_burst_bytes)
        access(command, address + done, at + done,
               static_cast<unsigned>(std::min(max_burst_bytes, bytes - done)));
}

void NativeHost::direct_access_withdrawn(std::uint64_t, std::uint64_t)
{
    m_has_direct = false;
}

/// What the trap handler does on the rv64 host; the firmware does not go on.
void NativeHost::trap(const std::string& what)
{
    if (!m_trapped) {  // the report itself may fail
        m_trapped = true;
        for (char c : "trap: " + what + "\n")
            transact(tlm::TLM_WRITE_COMMAND, IMC_SOC_UART_BASE, &c, 1);
        std::uint32_t code = IMC_FINISHER_FAIL | static_cast<std::uint32_t>(IMC_PANIC_TRAP) << 16;
        transact(tlm::TLM_WRITE_COMMAND, IMC_SOC_FINISHER_BASE, &code, sizeof code);
    }
    const sc_core::sc_event never;
    for (;;)
        wait(never);
}

}  // namespace imc::host
