// SPDX-License-Identifier: Apache-2.0
/// A network laid out on an accelerator: stages on nodes, routes between them.
#pragma once

#include "compiler/map/options.h"
#include "compiler/quantize/qnet.h"
#include "imcvp/program.h"

#include <string>
#include <vector>

namespace imc::compiler {

/// Channels [begin, end) of a layer.
struct ChannelRange {
    unsigned begin = 0, end = 0;
    unsigned size() const { return end - begin; }
};

/// Rows [begin, end) of a layer's output or input.
struct RowSpan {
    unsigned begin = 0, end = 0;
    unsigned size() const { return end - begin; }
};

/// Where a layer's input comes from, concatenations resolved: tensor = `tensor`, its channel c is
/// channel c + offset.
struct InputPiece {
    int producer = -1;  ///< layer index, -1 = the network's input
    unsigned channel_offset = 0;
    unsigned channels = 0;
};

/// A stage before it becomes an imc_stage: same fields plus what only the compiler needs.
struct PlacedStage {
    imc_stage stage{};
    int layer = -1;        ///< index into QNet::layers; a SPILL names the layer that reads it
    ChannelRange outputs;  ///< output channels made here
    ChannelRange inputs;   ///< input channels read here (conv)
    RowSpan rows;          ///< output rows made here, where a layer is cut by rows; else empty
    int owner = -1;        ///< stage whose tables this one shares; -1 = its own
};

/// A stream's rows on the edge from `producer` to `consumer` (layer names). Each copy of the
/// consumer has slots for those of them that it needs.
struct EdgeDepth {
    std::string producer, consumer;
    int layer = -1;  ///< the consumer
    unsigned stream = 0;
    unsigned fewest = 1;     ///< enough whatever the other edges hold: no program blocks with them
    unsigned ample = 1;      ///< enough for all copies on the way to work at once
    unsigned rows = 1;       ///< given
    bool spilled = false;    ///< held in the global buffer
    unsigned tile_rows = 1;  ///< of them on the tiles that read, if spilled
};

struct Mapping {
    std::vector<PlacedStage> stages;  ///< index = stage id
    std::vector<imc_route> routes;
    std::vector<imc_route> source_routes;
    std::vector<EdgeDepth> edges;
    std::vector<unsigned> step_of_layer;  ///< per QNet layer
    imc_schedule schedule = IMC_SCHEDULE_PIPELINED;
    unsigned steps = 1;
    unsigned chips = 1;
    unsigned tiles_used = 0;
    std::uint64_t arrays_used = 0;
};

/// The mapping as text a user can read: per layer engine, slices, copies, arrays, tiles; per edge
/// slots.
std::string mapping_report(const QNet& net, const Mapping& mapping);

}  // namespace imc::compiler
