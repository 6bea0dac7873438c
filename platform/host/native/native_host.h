// SPDX-License-Identifier: Apache-2.0
/// The firmware's own sources as a native program in an SC_THREAD.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "host/common/host.h"

extern "C" {
struct imc_hal;
}

namespace imc::host {

/// Runs firmware through the HAL of firmware/runtime/core/hal.h: register accesses are transactions
/// at the present time, copies go to RAM by DMI (or over the bus where that is refused), code takes
/// no time. Firmware that does nothing but copy, 2^24 times, polls memory that cannot change: that
/// ends the run as a bus error does. Interrupts are served inside irq_wait only. A bus error, for
/// which a real CPU would trap, prints a line and ends the run with IMC_PANIC_TRAP. Several native
/// hosts fit into one simulation, as the firmware keeps its state in one struct.
class NativeHost : public Host {
public:
    using Program = std::function<void(const imc_hal& hal)>;

    /// Runs the imcvp firmware.
    NativeHost(const sc_core::sc_module_name& name, const HostConfig& config);
    /// Runs another program that was written to the HAL.
    NativeHost(const sc_core::sc_module_name& name, const HostConfig& config, Program program);

protected:
    void direct_access_withdrawn(std::uint64_t first, std::uint64_t last) override;

private:
    struct Hal;

    void run();
    void access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes);
    void copy(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t bytes);
    unsigned char* direct(std::uint64_t address, std::size_t bytes);
    [[noreturn]] void trap(const std::string& what);

    Program m_program;
    tlm::tlm_dmi m_direct;
    bool m_has_direct = false, m_trapped = false;
    std::uint64_t m_copies = 0;  ///< since simulated time passed last
};

}  // namespace imc::host
