// SPDX-License-Identifier: Apache-2.0
/// Step and centre of a converter from the sums it will see.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace imc::compiler {

/// How often each sum was seen. Sums are whole numbers: few different ones stand for many samples.
class SumDistribution {
public:
    /// `sums` in any order, at least one.
    explicit SumDistribution(const std::vector<std::int32_t>& sums);

    double mean() const { return m_sum.back() / m_count.back(); }
    double width() const { return static_cast<double>(m_value.back()) - m_value.front(); }
    /// Squared error when the sums go through a converter: code = clamp(rne(sum / step), low,
    /// high), read as code x step. Exact but for the rounding of doubles; `step` holds a float32.
    double squared_error(double step, double low, double high) const;

private:
    void take(std::int32_t value, double count);

    std::vector<std::int32_t> m_value;             ///< ascending, each once
    std::vector<double> m_count, m_sum, m_square;  ///< of all values before, one entry more
};

struct ConverterFit {
    double step = 1.0, centre = 0.0;
};

/// Codes around the centre that `bits` give (columnquant.md 8.5).
std::pair<double, double> adc_code_range(double bits);

/// Least squared error: steps fall from `widest` over all codes to a tenth of that, geometrically;
/// the centre's code range lies around the mean, with `neighbours` also one code beside it.
/// `widest` = the largest range that one column of the distribution takes.
ConverterFit fit_converter(const SumDistribution& sums, double widest, double bits,
                           bool neighbours);

}  // namespace imc::compiler
