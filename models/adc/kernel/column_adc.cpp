// SPDX-License-Identifier: Apache-2.0
#include "adc/kernel/column_adc.h"

#include <cmath>
#include <string>

#include "common/error.h"

namespace imc::adc {

namespace {

constexpr int lanes = 16;
constexpr std::int32_t centre_limit = 1 << 20;
constexpr double scale_limit = 2147483648.0;

}  // namespace

CodeRange CodeRange::of_bits(double bits)
{
    if (bits == 1.0) return {0, 1};
    if (bits == 1.5) return {-1, 1};
    if (bits < 2.0 || bits > 16.0 || bits != std::floor(bits))
        throw InputError("ADC: resolution of " + std::to_string(bits) +
                         " bits; must be 1, 1.5 (ternary) or a whole number from 2 to 16");
    const std::int32_t half = 1 << (static_cast<int>(bits) - 1);
    return {-half, half - 1};
}

ColumnConstants::ColumnConstants(int columns)
    : count(columns),
      padded((columns + lanes - 1) / lanes * lanes),
      inverse(padded, 0.0),
      base(padded, 0.0),
      low(padded, -centre_limit),
      high(padded, centre_limit),
      weight(padded, 0.0)
{
}

void ColumnConstants::set(int column, const imc_column_adc& adc, CodeRange range,
                          std::int64_t slice_weight)
{
    const auto refuse = [&](const std::string& what) {
        throw InputError("ADC of column " + std::to_string(column) + ": " + what);
    };
    if (!(adc.step > 0.0) || !std::isfinite(adc.step) ||
        static_cast<double>(static_cast<float>(adc.step)) != adc.step)
        refuse("step " + std::to_string(adc.step) + " must be positive and a float32 value");
    if (!(std::fabs(adc.scale) < scale_limit) || adc.scale != std::floor(adc.scale))
        refuse("scale " + std::to_string(adc.scale) +
               " must be a whole number below 2^31 (fixed point)");
    if (adc.centre > centre_limit || adc.centre < -centre_limit)
        refuse("centre " + std::to_string(adc.centre) + " must be within +-2^20");
    inverse[column] = 1.0 / adc.step;
    low[column] = adc.centre + range.low;
    high[column] = adc.centre + range.high;
    weight[column] = adc.scale * static_cast<double>(slice_weight);
}

std::int32_t convert_one(double sum, const imc_column_adc& adc, CodeRange range)
{
    const double code = std::nearbyint(sum / adc.step);
    return static_cast<std::int32_t>(
        std::fmin(std::fmax(code, adc.centre + range.low), adc.centre + range.high));
}

}  // namespace imc::adc
