// SPDX-License-Identifier: Apache-2.0
/// Which slice of which layer sits on which tile.
#pragma once

#include "compiler/map/engine_lowering.h"

#include <map>

namespace imc::compiler {

using Lowerings = std::map<imc_engine, std::unique_ptr<EngineLowering>>;

/// A layer cut into slices that each fit a tile.
struct SlicedLayer {
    struct Slice {
        ChannelRange outputs, inputs;
        unsigned arrays = 0;
    };
    std::vector<Slice> slices;  ///< output-major: all input slices of an output slice side by side
    unsigned input_slices = 1;
    std::uint64_t arrays() const;
};

/// Fewest equal slices of `layer` that fit `lowering`'s tiles. Throws InputError naming the layer
/// and the arrays needed.
SlicedLayer slice_layer(const QNet& net, const QLayer& layer, const EngineLowering& lowering);

/// The engine whose tiles host each layer: arrays by the layer's own word, digital work beside what
/// feeds it.
std::vector<imc_engine> engines_of_layers(const QNet& net, const AcceleratorConfig& config);

/// Copies of each layer under `options`.
std::vector<unsigned> choose_copies(const QNet& net, const AcceleratorConfig& config,
                                    const MapOptions& options, const Lowerings& lowerings,
                                    const std::vector<SlicedLayer>& sliced);

/// Places all layers; sets stages' id, layer, tile, copy, channel ranges and arrays, and the
/// mapping's chips and totals.
void place_layers(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
                  const Lowerings& lowerings, Mapping& mapping);

}  // namespace imc::compiler
