// SPDX-License-Identifier: Apache-2.0
/// Layers cut by rows and channels over many tiles, and what a cut does to the geometry.
#pragma once

#include "compiler/map/engine_lowering.h"

#include <vector>

namespace imc::compiler {

struct SpreadLayer {
    std::vector<RowSpan> rows;           ///< bands of output rows
    std::vector<ChannelRange> channels;  ///< of output channels, for every band
};

/// Cuts a layer into at most `parts` pieces: the cut whose largest piece takes fewest steps
/// (EngineLowering::share_steps), and of those the one with most bands of rows, since then tables
/// are shared and only the rows at the seams travel twice.
SpreadLayer spread_layer(const QNet& net, const QLayer& layer, const EngineLowering& lowering,
                         unsigned parts);

/// Rows of input `stream` that output rows `rows` need (all if the layer is not cut), and the
/// padding that is left above and below.
struct BandInput {
    RowSpan rows;
    unsigned pad_top = 0, pad_bottom = 0;
};
BandInput band_input(const QNet& net, const QLayer& layer, unsigned stream, RowSpan rows);

/// Tiles of `engine` on `chips` chips.
std::vector<unsigned> tiles_of(const AcceleratorConfig& config, imc_engine engine, unsigned chips);

}  // namespace imc::compiler
