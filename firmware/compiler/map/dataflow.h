// SPDX-License-Identifier: Apache-2.0
/// Rows through the layer graph: who feeds whom once concatenations are resolved, and how many rows
/// an edge must hold.
#pragma once

#include "compiler/map/mapping.h"

namespace imc::compiler {

/// True for layers that exist only as addressing: a concat (COPY of several inputs) whose pieces
/// keep scale and shape.
bool is_virtual(const QNet& net, const QLayer& layer);

using LayerInputs = std::vector<std::vector<std::vector<InputPiece>>>;

/// inputs[layer][stream] = pieces in channel order. Virtual layers have pieces too, but make no
/// stage.
LayerInputs resolve_inputs(const QNet& net);

/// Pieces of the network's output tensor.
std::vector<InputPiece> resolve_output(const QNet& net);

/// Last input row (0-based) that output row `y` of `layer` needs; first row it needs.
unsigned last_input_row(const QNet& net, const QLayer& layer, unsigned y);
unsigned first_input_row(const QNet& net, const QLayer& layer, unsigned y);

/// Slots of each (layer, stream) with which stages that run as far as their input allows never
/// block, whatever the other edges hold beyond theirs. For every output row r of the consumer: the
/// network input must have come up to S(r); all that S(r) makes available on the edge, less what
/// the consumer no longer needs, must find room. fewest[layer][stream]. `unit_rows` = rows each
/// layer makes at once.
std::vector<std::vector<unsigned>> fewest_rows(const QNet& net, const LayerInputs& inputs,
                                               const std::vector<unsigned>& unit_rows);

/// The same while all `copies` of every layer are at work: by the time a unit is done, the input of
/// the last unit that a copy has begun must have come. Not bound by the height of a map: copies
/// work on the rows of the next image, too.
std::vector<std::vector<unsigned>> ample_rows(const QNet& net, const LayerInputs& inputs,
                                              const std::vector<unsigned>& unit_rows,
                                              const std::vector<unsigned>& copies);

}  // namespace imc::compiler
