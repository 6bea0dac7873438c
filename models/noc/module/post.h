// SPDX-License-Identifier: Apache-2.0
/// How an end of the network posts a packet: the one place that fills a payload for it.
#pragma once

#include "noc/module/packet.h"

namespace imc::noc {

/// Posts `bytes` bytes of `data` through `socket` to the node `header.destination`. `data` lives as
/// long as header.keep, or until the call returns where the network copies; nullptr for messages
/// that are all header. The answer lies in `payload`, which may be used again.
template <typename Socket>
void post(Socket& socket, tlm::tlm_generic_payload& payload, PacketHeader& header, const void* data,
          unsigned bytes)
{
    if (data == nullptr) data = &header.status;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(header.destination);
    payload.set_data_ptr(static_cast<unsigned char*>(const_cast<void*>(data)));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.set_extension(&header);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    payload.clear_extension(&header);
}

}  // namespace imc::noc
