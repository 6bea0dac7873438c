// SPDX-License-Identifier: Apache-2.0
/// The least that a TLM-2.0 platform has: a router by address and a memory.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm>
#include <vector>

/// Hands transactions on by address; targets see offsets in their window.
class Router : public sc_core::sc_module {
public:
    tlm_utils::multi_passthrough_target_socket<Router> in{"in"};
    tlm_utils::multi_passthrough_initiator_socket<Router> out{"out"};

    explicit Router(const sc_core::sc_module_name& name) : sc_module(name)
    {
        in.register_b_transport(this, &Router::b_transport);
    }

    /// Call in the order in which targets are bound to `out`.
    void map(std::uint64_t base, std::uint64_t bytes) { m_windows.push_back({base, bytes}); }

private:
    struct Window {
        std::uint64_t base, bytes;
    };

    void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        const std::uint64_t address = payload.get_address();
        for (unsigned i = 0; i < m_windows.size(); ++i) {
            const auto& window = m_windows[i];
            if (address < window.base || address - window.base >= window.bytes) continue;
            payload.set_address(address - window.base);
            delay += sc_core::sc_time(10, sc_core::SC_NS);
            out[static_cast<int>(i)]->b_transport(payload, delay);
            payload.set_address(address);
            return;
        }
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }

    std::vector<Window> m_windows;
};

class PlainMemory : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PlainMemory> in{"in"};
    std::vector<unsigned char> bytes;

    PlainMemory(const sc_core::sc_module_name& name, std::size_t size)
        : sc_module(name), bytes(size)
    {
        in.register_b_transport(this, &PlainMemory::b_transport);
    }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        const std::uint64_t address = payload.get_address();
        const std::size_t length = payload.get_data_length();
        if (address > bytes.size() || length > bytes.size() - address) {
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        if (payload.is_read())
            std::memcpy(payload.get_data_ptr(), bytes.data() + address, length);
        else if (payload.is_write())
            std::memcpy(bytes.data() + address, payload.get_data_ptr(), length);
        delay += sc_core::sc_time(50, sc_core::SC_NS);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};
