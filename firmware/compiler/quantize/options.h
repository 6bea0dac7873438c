// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "imcvp/program.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace imc::compiler {

enum class Scheme { uniform, per_layer, bwq, hawq, column, codebook };

/// How a tensor's range is found from what calibration saw.
enum class RangeMethod { minmax, percentile, mse };

/// How codes stand for negative activations.
enum class SignedActivations { zero_point, twos_complement };

/// Scheme codebook (RAPIDNN): sizes and shapes of the tables.
struct CodebookScheme {
    unsigned weight_codes = 16, input_codes = 16;  ///< w and u, 2 to 64
    unsigned product_bits = 16;                    ///< of a product, 2 to 16
    bool per_channel = false;  ///< a weight codebook for each output channel, else for each layer
    bool tree = false;         ///< binary-tree codebooks; sizes are powers of two
    unsigned activation_rows = 64;  ///< of the table of a function that follows a layer
    bool slope_rows = true;         ///< rows dense where the function is steep, else uniform
    unsigned residual_codes = 64;   ///< of values that no product table reads (operands of
                                    ///< additions and average pools), 2 to 64
    unsigned image_codes = 0;       ///< of the network's input, 2 to 64; 0: input_codes
    bool compensate = true;         ///< layers are composed one after the other on calibration
                                    ///< images (codebook_fit.h), if there are enough
    std::string parameters;     ///< file of trained codebooks (codebook_file.h); empty: clusters
    bool weighted_xor = false;  ///< distance of the searches (an ablation), else absolute
    double quality_loss = 0;    ///< with a bound: the smallest sizes that keep it
};

/// What shares one scale: all arrays of a layer, an array, or a column of an array
/// (columnquant.md 1.3).
enum class Granularity { layer, array, column };

/// ColumnQuant (columnquant.md).
struct ColumnOptions {
    unsigned cell_bits = 2;
    double adc_bits = 4;      ///< 1, 1.5 (ternary), 2 to 8; 16 = ideal
    unsigned array_rows = 0;  ///< of an array; a scenario's 0 = those of the platform
    Granularity weights = Granularity::column;
    Granularity partial_sums = Granularity::column;
    bool split_polarity = false;  ///< positive and negative arrays (docs/numbers.md)
    bool bit_serial_inputs =
        false;  ///< a conversion after every input bit (Saxena), not ColumnQuant itself
    unsigned other_weight_bits = 8;  ///< of the layers it leaves alone
    unsigned samples = 2048;         ///< input patches a layer, for steps and centres
    std::string parameters;  ///< file of trained scales, steps and centres; empty: calibration
};

/// How far above `weight_bits_mean` the mean over all weights may come out; of BSQ's whole bits a
/// layer, how far off before a warning.
constexpr double bits_mean_tolerance = 0.05;

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
    unsigned bit_window = 0;  ///< uniform, per_layer: places that may hold a weight's ones; 0 = all
    std::map<std::string, unsigned> layer_weight_bits;  ///< by layer name
    std::map<std::string, unsigned>
        layer_activation_bits;  ///< bits of the layer's input, by layer name; functions too
    RangeMethod range = RangeMethod::minmax;
    double percentile = 99.99;
    SignedActivations signed_activations = SignedActivations::zero_point;
    /// Rule of every layer; none = dyadic, the ONNX rule for networks that come quantised.
    std::optional<imc_requant_kind> requant;

    // bwq
    unsigned ou_rows = 9, ou_columns = 8;
    bool whole_layers = false;      ///< one precision a layer, no map (BSQ)
    double weight_bits_mean = 0.0;  ///< target over all weights, 0 = take the bits as they fall
    double layer_gamma =
        0.6;  ///< synthetic maps: mean bits of a layer ~ params^-gamma (bwq.md 1.2)
    std::string bit_map_file;  ///< a given block map (docs/formats.md)

    CodebookScheme codebook;
    /// Rows of the CAM table of a function that stands on its own (LUT layers of the other
    /// schemes); 0 = one row a code.
    unsigned lut_rows = 0;

    ColumnOptions column;

    std::uint64_t seed = 1;  ///< of synthetic weights
};

}  // namespace imc::compiler
