// SPDX-License-Identifier: GPL-2.0-only
/// A whole system on the bench: SoC, rv64 host, and a device that writes down what reaches it.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "host/rv64/rv64_host.h"
#include "imcvp/soc.h"
#include "soc/soc.h"

namespace imc::test {

struct Access {
    bool write;
    std::uint64_t address, value;
    unsigned bytes;
    bool operator==(const Access& o) const
    {
        return write == o.write && address == o.address && value == o.value && bytes == o.bytes;
    }
};

/// 64 bytes of storage behind a log; `on_access` may act on it.
class Device : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Device> in{"in"};
    tlm_utils::simple_initiator_socket<Device> dma{"dma"};
    std::vector<Access> log;
    std::function<void(const Access&)> on_access;

    explicit Device(const sc_core::sc_module_name& name) : sc_module(name)
    {
        in.register_b_transport(this, &Device::b_transport);
    }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        const std::uint64_t address = payload.get_address();
        const unsigned bytes = payload.get_data_length();
        if (address + bytes > sizeof m_storage)
            return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        unsigned char* data = payload.get_data_ptr();
        if (payload.is_write())
            std::memcpy(m_storage + address, data, bytes);
        else
            std::memcpy(data, m_storage + address, bytes);
        Access access{payload.is_write(), address, 0, bytes};
        std::memcpy(&access.value, data, bytes);
        log.push_back(access);
        delay += sc_core::sc_time(7, sc_core::SC_NS);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (on_access) on_access(access);
    }

    unsigned char m_storage[64] = {};
};

inline std::string program_path(const std::string& name)
{
    return IMC_BINARY_DIR "/firmware/tests/" + name + ".elf";
}

class System : public sc_core::sc_module {
public:
    soc::Soc soc;
    host::Rv64Host cpu;
    Device device;
    host::Elf elf;

    System(const sc_core::sc_module_name& name, const std::string& program,
           const host::HostConfig& config = {})
        : sc_module(name),
          soc("soc", soc::SocConfig{}),
          cpu("cpu", config, &soc.clint),
          device("device"),
          elf(host::read_elf(program_path(program)))
    {
        const unsigned number = soc.bus.add_initiator("cpu", 0, true, cpu.socket);
        soc.bus.add_initiator("dma", 1, false, device.dma);
        soc.bus.add_snoop(number, [this](auto a, auto n) { cpu.memory_written(a, n); });
        soc.add_accelerator(0, 0x1000, device.in);
        cpu.external_irq.bind(soc.external_irq);
        cpu.timer_irq.bind(soc.timer_irq);
        cpu.software_irq.bind(soc.software_irq);
    }

    void end_of_elaboration() override { cpu.load(elf); }

    std::uint64_t result(unsigned index)
    {
        std::uint64_t value = 0;
        soc.dump(0x80100000 + 8 * index, &value, 8);
        return value;
    }
    /// True if the program ended well, else where it got stuck.
    testing::AssertionResult passed() const
    {
        if (soc.finisher.exit_code() == 0) return testing::AssertionSuccess();
        return testing::AssertionFailure()
               << name() << " at pc " << std::hex << cpu.pc() << " " << cpu.lockup();
    }
};

/// Runs until nothing happens any more, at most for `limit`: a guest that hangs fails its test
/// instead of the build.
inline void run(const sc_core::sc_time& limit = {50, sc_core::SC_MS})
{
    sc_core::sc_start(limit);
}

}  // namespace imc::test
