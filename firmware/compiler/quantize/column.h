// SPDX-License-Identifier: Apache-2.0
/// ColumnQuant after training: weight codes per array column, ADC steps and centres from
/// calibration images (columnquant.md).
#pragma once

#include "compiler/quantize/calibration.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/qnet.h"

#include <vector>

namespace imc::compiler {

/// A convolution that goes to ColumnQuant's arrays.
struct ColumnLayer {
    unsigned out = 0, channels = 0, kernel = 1;   ///< out channels, input channels a group, kh x kw
    const std::vector<float>* weights = nullptr;  ///< [out][channels x kernel]
};

/// Codes of the layer and the scale of each (tile, output column), before any ADC is known.
struct ColumnCodes {
    std::vector<std::int16_t> codes;    ///< [out][k]
    std::vector<double> scale;          ///< [tile][out]; [polarity][tile][out] if each has its own
    unsigned tiles = 1, tile_rows = 1;  ///< kernel-intact row tiles (columnquant.md 3.1)

    double scale_of(unsigned polarity, unsigned tile, unsigned out, unsigned outputs) const
    {
        const std::size_t one = std::size_t{tiles} * outputs;
        const std::size_t first = scale.size() == one ? 0 : polarity * one;
        return scale[first + std::size_t{tile} * outputs + out];
    }
};

/// Which layers ColumnQuant takes: kernels above 1 x 1, not the first, not grouped
/// (columnquant.md 1.9).
bool is_column_layer(unsigned kernel, unsigned groups, bool first);

/// Weight codes at the granularity of `options.column.weights`: scale with least squared error over
/// the share of weights it serves. With `split_polarity` positive and negative weights are coded
/// apart, 0 .. 2^W - 1 each with scales of their own (columnquant.md section 2, option 2); a code
/// is negative where it belongs to the negative array.
ColumnCodes quantize_column_weights(const ColumnLayer& layer, const QuantOptions& options);

/// Steps, in units of the integer sum, and centres of all conversions of a layer:
/// [polarity][slice][tile][out].
struct ColumnSteps {
    std::vector<double> step, centre;
};

/// Turns steps and centres into the words of docs/numbers.md: 16-bit fixed point in units of the
/// layer's largest (columnquant.md 4.2, 4.5). Arguments as in calibrate_column.
QColumn column_words(const ColumnLayer& layer, const ColumnCodes& codes, const ColumnSteps& steps,
                     double input_scale, const QuantOptions& options, double& unit);

/// Finds steps and centres of all conversions of a layer from samples of its input patches: codes
/// [sample][k], and turns them into the fixed-point words of docs/numbers.md. `input_scale` is the
/// real value of an input code; `unit` receives the real value of one unit of the accumulator.
QColumn calibrate_column(const ColumnLayer& layer, const ColumnCodes& codes,
                         const std::vector<std::int32_t>& patches, std::size_t samples,
                         double input_scale, const QuantOptions& options, double& unit);

}  // namespace imc::compiler
