// SPDX-License-Identifier: Apache-2.0
/// From float layers and codebooks to the integer tables of the RNA blocks. Works on plain arrays.
/// Source: rapidnn.md section 8.1; bit-exact use of the tables in section 8.2 and
/// docs/models/cam.md.
#pragma once

#include "cam/kernel/layer_tables.h"
#include "compiler/quantize/codebook.h"
#include "compiler/quantize/codebook_fit.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace imc::compiler {

/// A layer's float weights as the composer takes them.
struct FloatLayer {
    unsigned outputs = 0, fan_in = 0;
    std::vector<float> weights;  ///< [outputs][fan_in]
    std::vector<float> bias;     ///< [outputs] or empty
    /// Means of the inputs and of their values after coding, [groups][fan_in] with outputs spread
    /// evenly over groups, or both empty: what the clustering of weights and inputs shifts a sum by
    /// on average then goes into its bias.
    std::vector<double> input_mean, coded_mean;
    /// Of the inputs, or empty: weights take their nearest centroids.
    InputMoments moments;
    /// Trained weight codebooks, one or one an output; empty: they are found here.
    std::vector<Codebook> given;
};

struct ComposeOptions {
    unsigned weight_entries = 16;
    bool per_channel = false;    ///< a weight codebook for each output (RECALLED for convolutions),
                                 ///< else one for the layer
    bool tree = false;           ///< weight codebook of the tree; entries must be a power of two
    unsigned product_bits = 16;  ///< 2 to 16, signed
};

/// Codes, tables and their scale: real sum = integer sum / sum_scale.
struct ComposedLayer {
    cam::LayerTables tables;
    std::vector<Codebook> weight_codebooks;  ///< [scopes]
    Codebook input_codebook;
    double sum_scale = 1.0;  ///< S
};

/// Clusters the weights (fits them to the inputs' moments, if there are any: codebook_fit.h; a
/// tree's centroids stay), takes S as large as the product bits and 32-bit sums allow, and rounds
/// products and biases to P[i][j] = round(c_w[i] c_u[j] S). Throws InputError for sizes that
/// disagree or options out of range.
ComposedLayer compose_layer(const FloatLayer& layer, const Codebook& inputs,
                            const ComposeOptions& options);

/// Where an activation table has its rows.
enum class Placement {
    uniform,  ///< equal steps of x
    slope     ///< equal steps of the variation of f: dense where it is steep (RECALLED)
};

struct ActivationOptions {
    std::function<double(double)> function;  ///< empty: no table
    unsigned rows = 64;
    Placement placement = Placement::slope;
    double low = -8.0, high = 8.0;  ///< range of x that the rows cover
    bool relu = false;              ///< sign test before the table
};

/// Sample points of a table, ascending.
std::vector<double> table_points(const ActivationOptions& options);

/// What happens to a sum: keys and values of the activation memory and keys of the encoding memory,
/// as integers.
struct OutputTables {
    bool relu = false;
    std::vector<std::int32_t> activation_key, activation_value;  ///< empty without function
    std::vector<std::int32_t>
        encode_key;            ///< by code of the next layer's input codebook; empty: values go out
    double value_scale = 1.0;  ///< real value = integer value / value_scale
};

/// `next` is the input codebook of whoever reads the codes; nullptr leaves encode_key empty. Table
/// values have 16 bits.
OutputTables make_output_tables(double sum_scale, const ActivationOptions& options,
                                const Codebook* next);

/// Decode tables of a residual addition or an average pooling.
struct DecodeTables {
    std::vector<std::vector<std::int32_t>> values;  ///< by input, by code
    double scale = 1.0;
};
/// All in one scale whose values have 16 bits. Throws InputError for an empty codebook.
DecodeTables make_decode_tables(const std::vector<Codebook>& inputs);

}  // namespace imc::compiler
