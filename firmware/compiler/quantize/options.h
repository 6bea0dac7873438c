// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "imcvp/program.h"

#include <cstdint>
#include <map>
#include <string>

namespace imc::compiler {

enum class Scheme { uniform, per_layer, bwq, hawq, column, codebook };

/// How a tensor's range is found from what calibration saw.
enum class RangeMethod { minmax, percentile, mse };

/// How codes stand for negative activations.
enum class SignedActivations { zero_point, twos_complement };

struct QuantOptions {
    Scheme scheme = Scheme::uniform;
    unsigned weight_bits = 8;  ///< uniform; the most a BWQ block may have
    unsigned activation_bits =
        8;  ///< of every tensor that feeds a convolution or a fully connected layer
    unsigned input_layer_bits = 8;  ///< weights and input codes of the first layer
    unsigned output_bits = 24;  ///< of the network's output, so that logits keep their precision
    unsigned residual_bits =
        16;  ///< of tensors that only feed additions and affine layers (HAWQ-V3)
    bool weights_per_channel = true;
    std::map<std::string, unsigned> layer_weight_bits;  ///< by layer name
    std::map<std::string, unsigned>
        layer_activation_bits;  ///< bits of the layer's input, by layer name
    RangeMethod range = RangeMethod::minmax;
    double percentile = 99.99;
    SignedActivations signed_activations = SignedActivations::zero_point;
    imc_requant_kind requant =
        IMC_REQUANT_DYADIC;  ///< of float networks; quantised ones keep ONNX's own

    // bwq
    unsigned ou_rows = 9, ou_columns = 8;
    bool whole_layers = false;      ///< one precision a layer, no map (BSQ)
    double weight_bits_mean = 0.0;  ///< target over all weights, 0 = take the bits as they fall
    double layer_gamma =
        0.6;  ///< synthetic maps: mean bits of a layer ~ params^-gamma (bwq.md 1.2)
    std::string bit_map_file;  ///< a given block map (docs/formats.md)

    std::uint64_t seed = 1;  ///< of synthetic weights
};

}  // namespace imc::compiler
