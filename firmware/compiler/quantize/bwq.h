// SPDX-License-Identifier: Apache-2.0
/// BWQ: block-wise mixed precision (bwq.md sections 1 and 5).
#pragma once

#include "compiler/quantize/weights.h"

namespace imc::compiler {

/// A layer's weights as the BWQ tools see them.
struct BwqLayer {
    std::string name;
    unsigned out = 0, k = 0;
    const std::vector<float>* weights = nullptr;  ///< [out][k]
    bool is_first = false;                        ///< kept at the input layer's bits
};

/// Codes and block maps of all layers after training. The mean over all weights comes down to
/// `options.weight_bits_mean` (if given) in this order: per layer the step is coarsened, then
/// blocks are saturated to fewer bits or pruned where that costs least squared error relative to
/// the layer's weight energy. A plane that holds ones is never dropped: saturating changes the
/// codes first.
std::vector<WeightCodes> quantize_bwq(const std::vector<BwqLayer>& layers,
                                      const QuantOptions& options);

/// Codes inside the map of `options.bit_map_file`. Each output channel finds its own step (a
/// trained layer has one; folding its batch norm multiplies it by the channel's gain): the largest
/// on whose multiples the channel's weights lie, as scripts/train/bwq_a.py leaves them, else that
/// of least squared error. Throws InputError like read_bit_maps.
std::vector<WeightCodes> quantize_bwq_given(const std::vector<BwqLayer>& layers,
                                            const QuantOptions& options);

/// Synthetic weights: a block map is drawn first (mean bits of a layer min(8, c params^-gamma), c
/// solved for the target mean; a block's bits around its layer's mean), then codes inside it, each
/// block holding a one in its top plane. `synthetic` layers need no floats.
std::vector<WeightCodes> draw_bwq(const std::vector<BwqLayer>& layers, const QuantOptions& options);

/// Draws codes inside given maps.
void draw_codes(WeightCodes& layer, unsigned out, unsigned k, std::uint64_t key);

/// Block maps from a text file: per layer a line `layer NAME ROWS COLUMNS`, then ROWS lines of
/// COLUMNS digits. Layers of zeros and ones need none. Throws InputError with line.
std::vector<std::shared_ptr<QBlockBits>> read_bit_maps(const std::string& path,
                                                       const std::vector<BwqLayer>& layers,
                                                       const QuantOptions& options);

}  // namespace imc::compiler
