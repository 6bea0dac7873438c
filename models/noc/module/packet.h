// SPDX-License-Identifier: Apache-2.0
/// What travels over the network besides a generic payload: who sends what to whom.
#pragma once

#include "common/ledger.h"
#include "noc/kernel/node_map.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <systemc>
#include <tlm>

namespace imc::noc {

enum class Kind : std::uint8_t {
    data,     ///< int32 codes of one row
    psum,     ///< int64 partial sums of one row
    config,   ///< a StageSetup
    weights,  ///< a weight blob
    gate,     ///< layer_sequential: images below `row` may run
    done,     ///< a stage finished `image` (or its configuration or load); `status` is an imc_error
    credit,   ///< rows below `row` are free again; on credit wires
    operands,  ///< a piece of a table for a stage that shares it; bits on the link, no data
    fetched,   ///< a stage has all operands of an image; on credit wires
    arrived    ///< a row sent with `acknowledge` reached its destination; on credit wires
};

/// Ignorable extension of every payload on the network. `row` counts over images: image sequence
/// number x height + y; for psum it counts the rows its owner makes.
struct PacketHeader : tlm::tlm_extension<PacketHeader> {
    std::uint32_t source = 0, destination = 0;  ///< nodes
    std::uint16_t stage = 0;  ///< receiving stage; IMC_ROUTE_SINK = sink or source at the I/O node
    std::uint16_t producer = 0;  ///< sending stage; IMC_ROUTE_SINK = source
    std::uint8_t stream = 0;     ///< input of the receiving stage
    Kind kind = Kind::data;
    std::uint8_t priority = 1;  ///< 0 goes first
    std::uint8_t bits = 8;      ///< an element on the link
    bool acknowledge = false;   ///< the network answers with `arrived`
    LayerId layer = shared_layer;
    bool parked =
        false;  ///< from a SPILL: its layer may not be at work yet, so traces show it as shared
    std::uint16_t route = 0;  ///< number of the producer's route, for credits
    std::uint32_t status = 0;
    std::uint32_t image = 0;
    std::uint64_t row = 0;
    std::uint32_t channel_begin = 0, channel_end = 0;  ///< in the receiving layer's input
    std::uint32_t x_begin = 0, x_end = 0;
    std::uint64_t data_bytes = 0;  ///< host bytes behind the data pointer
    /// Several destinations: the packet is copied in the routers where their ways part, and takes
    /// every link once; `destination` and `stage` are those of each copy.
    std::shared_ptr<const std::vector<Target>> targets;
    std::shared_ptr<const void>
        keep;  ///< owner of the data; without one the network copies `data_bytes`. Of `done`: why
               ///< a stage refused (std::string), which is no bits on the link

    std::string refusal() const
    {
        return kind == Kind::done && keep ? *static_cast<const std::string*>(keep.get()) : "";
    }

    tlm_extension_base* clone() const override { return new PacketHeader(*this); }
    void copy_from(const tlm_extension_base& other) override
    {
        *this = static_cast<const PacketHeader&>(other);
    }
};

}  // namespace imc::noc
