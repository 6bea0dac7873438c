// SPDX-License-Identifier: Apache-2.0
#include "reference/column.h"

#include "reference/patches.h"

#include <algorithm>
#include <cmath>

namespace imc::reference {

namespace {

struct CodeRange {
    std::int64_t low, high;
};

/// columnquant.md 8.5: relative to the centre.
CodeRange adc_range(const compiler::QLayer& layer, double bits)
{
    if (bits == 1.0) return {0, 1};
    if (bits == 1.5) return {-1, 1};
    if (bits < 2.0 || bits > 31.0 || bits != std::floor(bits))
        refuse(layer, "adc_bits must be 1, 1.5 or a whole number from 2 to 31");
    const std::int64_t half = std::int64_t{1} << (static_cast<int>(bits) - 1);
    return {-half, half - 1};
}

/// std::nearbyint depends on the rounding mode of the thread; this does not.
std::int64_t nearest_even(double value)
{
    const double low = std::floor(value), rest = value - low;
    const auto whole = static_cast<std::int64_t>(low);
    return rest > 0.5 || (rest == 0.5 && whole % 2 != 0) ? whole + 1 : whole;
}

/// One column-quantised layer, ready to convert.
class ColumnLayer {
public:
    explicit ColumnLayer(const Work& work);

    /// Accumulator of output channel `o` from its patch of codes.
    std::int64_t accumulate(std::size_t o, const std::int32_t* patch) const;
    std::size_t rows() const { return m_rows; }

private:
    std::int64_t digit(std::int32_t weight, unsigned polarity, unsigned slice) const;
    std::int64_t convert(std::int64_t sum, const imc_column_adc& adc) const;
    std::int64_t converted_sum(const std::int32_t* patch, const std::int16_t* digits, std::size_t n,
                               const imc_column_adc& adc) const;

    const Work& m_work;
    const compiler::QColumn& m_column;
    std::size_t m_rows, m_tile_rows;
    CodeRange m_range;
    std::vector<std::int16_t> m_digits;  ///< [polarity][slice][out channel][row]
};

ColumnLayer::ColumnLayer(const Work& work)
    : m_work(work),
      m_column(*work.layer.column),
      m_range(adc_range(work.layer, work.layer.column->adc_bits))
{
    const compiler::QGeometry& g = work.layer.geometry;
    const std::size_t channels = work.in[0]->channels / g.groups,
                      kernel = std::size_t{g.kernel_h} * g.kernel_w;
    const std::size_t in_tile = std::min<std::size_t>(m_column.rows_per_tile / kernel, channels);
    if (in_tile == 0)
        refuse(work.layer, "a kernel does not fit an array of " +
                               std::to_string(m_column.rows_per_tile) + " rows");
    if (work.in[0]->zero_point != 0)
        refuse(work.layer, "column-wise partial sums need an input zero point of 0");
    m_rows = channels * kernel;
    m_tile_rows = in_tile * kernel;
    const std::size_t tiles = (channels + in_tile - 1) / in_tile;
    const std::size_t columns =
        std::size_t{m_column.polarities} * m_column.slices * tiles * work.out.channels;
    if (tiles != m_column.tiles || m_column.adc.size() != columns)
        refuse(work.layer, "number of conversions is wrong");
    for (const imc_column_adc& adc : m_column.adc)
        if (!(adc.step > 0) || adc.scale != std::floor(adc.scale) ||
            std::fabs(adc.scale) >= 2147483648.0)
            refuse(work.layer, "ADC steps must be > 0 and scales whole numbers below 2^31");
    for (unsigned p = 0; p < m_column.polarities; ++p)
        for (unsigned s = 0; s < m_column.slices; ++s)
            for (const std::int16_t weight : work.layer.weights)
                m_digits.push_back(static_cast<std::int16_t>(digit(weight, p, s)));
}

std::int64_t ColumnLayer::digit(std::int32_t weight, unsigned polarity, unsigned slice) const
{
    if (m_column.polarities == 2) weight = std::max(polarity == 0 ? weight : -weight, 0);
    const std::int64_t unit = std::int64_t{1}
                              << (m_column.cell_bits * (m_column.slices - 1 - slice));
    const std::int64_t base = std::int64_t{1} << m_column.cell_bits;
    const auto shifted = static_cast<std::int64_t>(floor_div(weight, unit));
    return slice == 0 ? shifted
                      : shifted - base * static_cast<std::int64_t>(floor_div(shifted, base));
}

std::int64_t ColumnLayer::convert(std::int64_t sum, const imc_column_adc& adc) const
{
    const std::int64_t ideal = nearest_even(static_cast<double>(sum) / adc.step);
    return std::clamp(ideal, adc.centre + m_range.low, adc.centre + m_range.high);
}

std::int64_t ColumnLayer::converted_sum(const std::int32_t* patch, const std::int16_t* digits,
                                        std::size_t n, const imc_column_adc& adc) const
{
    if (!m_column.bit_serial_inputs) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < n; ++k)
            sum += std::int64_t{patch[k]} * digits[k];
        return convert(sum, adc);
    }
    const compiler::QTensor& in = *m_work.in[0];
    std::int64_t total = 0;
    for (unsigned bit = 0; bit < in.bits; ++bit) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < n; ++k)
            sum += static_cast<std::int64_t>(static_cast<std::uint32_t>(patch[k]) >> bit & 1u) *
                   digits[k];
        const std::int64_t weight = std::int64_t{1} << bit;
        total += convert(sum, adc) * (in.is_signed && bit + 1 == in.bits ? -weight : weight);
    }
    return total;
}

std::int64_t ColumnLayer::accumulate(std::size_t o, const std::int32_t* patch) const
{
    const std::size_t outputs = m_work.out.channels;
    std::int64_t acc = 0;
    for (unsigned p = 0; p < m_column.polarities; ++p)
        for (unsigned s = 0; s < m_column.slices; ++s)
            for (std::size_t t = 0; t < m_column.tiles; ++t) {
                const std::size_t plane = std::size_t{p} * m_column.slices + s;
                const imc_column_adc& adc =
                    m_column.adc[(plane * m_column.tiles + t) * outputs + o];
                const std::size_t first = t * m_tile_rows;
                const std::int64_t q = converted_sum(
                    patch + first, m_digits.data() + (plane * outputs + o) * m_rows + first,
                    std::min(m_tile_rows, m_rows - first), adc);
                const std::int64_t significance =
                    std::int64_t{1} << (m_column.cell_bits * (m_column.slices - 1 - s));
                acc += (p == 0 ? 1 : -1) * q * static_cast<std::int64_t>(adc.scale) * significance;
            }
    return acc;
}

}  // namespace

void evaluate_column(const Work& work)
{
    const ColumnLayer layer(work);
    const unsigned per_group = work.out.channels / work.layer.geometry.groups;
    for_each_row(work, Patches<std::int32_t>(work, 0, 0),
                 [&](unsigned group, unsigned y, const std::int32_t* gathered) {
                     for (unsigned o = group * per_group; o < (group + 1) * per_group; ++o) {
                         const Scaling scaling = work.scaling(o);
                         std::int32_t* out =
                             work.result.data() +
                             (std::size_t{o} * work.out.height + y) * work.out.width;
                         for (unsigned x = 0; x < work.out.width; ++x)
                             out[x] = work.finish(rescale(
                                 scaling, Wide{layer.accumulate(o, gathered + x * layer.rows())} +
                                              scaling.constants.bias));
                     }
                 });
}

}  // namespace imc::reference
