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

/// All layers that take arrays for good, sliced; the others have no slices.
std::vector<SlicedLayer> slice_layers(const QNet& net, const AcceleratorConfig& config,
                                      const Lowerings& lowerings);

/// The engine whose tiles host each layer: arrays by the layer's own word, digital work beside what
/// feeds it.
std::vector<imc_engine> engines_of_layers(const QNet& net, const AcceleratorConfig& config);

/// Places all layers on `chips` chips; sets stages' id, layer, tile, copy, channel ranges and
/// arrays, and the mapping's chips and totals. Throws CapacityError if tiles run out.
void place_layers(const QNet& net, const AcceleratorConfig& config, const Lowerings& lowerings,
                  const std::vector<SlicedLayer>& sliced, const std::vector<unsigned>& copies,
                  unsigned chips, Mapping& mapping);

}  // namespace imc::compiler
