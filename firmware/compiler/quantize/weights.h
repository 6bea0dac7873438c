// SPDX-License-Identifier: Apache-2.0
/// Weight codes of one layer.
#pragma once

#include "compiler/quantize/options.h"
#include "compiler/quantize/qnet.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace imc::compiler {

/// Codes [out][k] with scale per output channel (or one); weight = scale x code.
struct WeightCodes {
    std::vector<std::int16_t> codes;
    std::vector<double> scale;
    std::shared_ptr<QBlockBits> blocks;  ///< bwq only
    std::shared_ptr<QColumn> column;     ///< column only
    double unit = 0.0;                   ///< column: real value of one unit of the accumulator
    unsigned bits = 8;
    double bits_mean = 8;  ///< stored bits over weights, signs not counted for bwq (bwq.md 1.19)
};

/// Symmetric codes within +-(2^(bits-1) - 1), the scale from each channel's (or the layer's)
/// largest magnitude.
WeightCodes quantize_uniform(const std::vector<float>& weights, unsigned out, unsigned bits,
                             bool per_channel);

/// Block of output columns and K rows that one operation unit holds; map with every block's bits =
/// bits of its largest magnitude.
std::shared_ptr<QBlockBits> measure_blocks(const std::vector<std::int16_t>& codes, unsigned out,
                                           unsigned ou_rows, unsigned ou_columns);

/// Mean bits a weight: sum of block bits x weights in the block / weights.
double mean_bits(const QBlockBits& map, unsigned out, unsigned k);

}  // namespace imc::compiler
