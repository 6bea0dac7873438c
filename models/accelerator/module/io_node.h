// SPDX-License-Identifier: Apache-2.0
/// The accelerator's end of the network at which command processor, source and sink sit.
#pragma once

#include "noc/module/post.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace imc::accelerator {

/// Who hears what arrives.
class IoListener {
public:
    virtual ~IoListener() = default;
    virtual void on_done(const noc::PacketHeader& header) = 0;
    virtual void on_credit(const noc::PacketHeader& header) = 0;
    /// False: the rows do not belong to an output.
    virtual bool on_rows(const noc::PacketHeader& header, const unsigned char* data) = 0;
};

class IoNode : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<IoNode> from_noc{"from_noc"};
    tlm_utils::simple_initiator_socket<IoNode> to_noc{"to_noc"};

    IoNode(sc_core::sc_module_name name, unsigned node) : sc_module(name), m_node(node)
    {
        from_noc.register_b_transport(this, &IoNode::b_transport);
    }

    void listen(IoListener& listener) { m_listener = &listener; }
    unsigned node() const { return m_node; }

    /// Posts a packet; `data` lives as long as header.keep, nullptr for messages that are all
    /// header.
    void send(noc::PacketHeader& header, const void* data, unsigned bytes)
    {
        header.source = m_node;
        noc::post(to_noc, m_payload, header, data, bytes);
    }

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&)
    {
        const auto* header = payload.get_extension<noc::PacketHeader>();
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (header == nullptr || m_listener == nullptr)
            return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        switch (header->kind) {
            case noc::Kind::done:
                return m_listener->on_done(*header);
            case noc::Kind::credit:
                return m_listener->on_credit(*header);
            case noc::Kind::arrived:
                return;
            case noc::Kind::data:
                if (m_listener->on_rows(*header, payload.get_data_ptr())) return;
                break;
            default:
                break;
        }
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    }

    unsigned m_node;
    IoListener* m_listener = nullptr;
    tlm::tlm_generic_payload m_payload;
};

}  // namespace imc::accelerator
