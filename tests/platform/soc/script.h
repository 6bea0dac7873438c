// SPDX-License-Identifier: Apache-2.0
/// An initiator on the bench: runs a script in an SC_THREAD and gives it word accesses.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <utility>

namespace imc::test {

class Script : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<Script> socket{"socket"};
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;  ///< of the last access
    sc_core::sc_time delay;                                          ///< local time offset

    Script(const sc_core::sc_module_name& name, std::function<void(Script&)> body)
        : sc_module(name), m_body(std::move(body))
    {
        SC_HAS_PROCESS(Script);
        SC_THREAD(run);
    }

    /// One access; the annotated time is spent afterwards unless `spend` is false.
    void access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned bytes,
                bool spend = true)
    {
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(static_cast<unsigned char*>(data));
        payload.set_data_length(bytes);
        payload.set_streaming_width(bytes);
        socket->b_transport(payload, delay);
        status = payload.get_response_status();
        if (!spend) return;
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }

    template <typename T = std::uint32_t>
    T read(std::uint64_t address)
    {
        T value = 0;
        access(tlm::TLM_READ_COMMAND, address, &value, sizeof value);
        return value;
    }

    template <typename T = std::uint32_t>
    void write(std::uint64_t address, T value)
    {
        access(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
    }

private:
    void run() { m_body(*this); }
    std::function<void(Script&)> m_body;
};

}  // namespace imc::test
