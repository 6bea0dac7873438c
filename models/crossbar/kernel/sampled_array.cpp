// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/sampled_array.h"

#include "common/error.h"

#include <algorithm>

namespace imc::crossbar {

SampledArray::SampledArray(const Config& config, const RowShape& shape, ActivationFormat format,
                           const LayerWeights& weights)
    : m_shape(shape),
      m_spec(config),
      m_cycles(format, m_spec.dac_bits),
      m_map(weights.block_map(shape, m_spec)),
      m_weights(weights.codes,
                weights.codes + static_cast<std::size_t>(shape.out_channels) * shape.k())
{
    if (m_spec.sign == SignMode::offset)
        throw InputError(
            "crossbar: an ADC bank that does not declare its transfer function needs sign "
            "diff_analog or diff_digital");
}

std::uint64_t SampledArray::run_row(const std::int32_t* const* rows, std::int32_t pad_code,
                                    unsigned arrays, SampleConverter& converter, std::int64_t* acc)
{
    const int outputs = m_shape.outputs_per_group();
    const std::size_t group_codes = static_cast<std::size_t>(outputs) * m_shape.k();
    const std::size_t group_sums = static_cast<std::size_t>(outputs) * m_shape.out_width;
    std::fill(acc, acc + group_sums * m_shape.groups, 0);
    std::uint64_t clipped = 0;
    for (int g = 0; g < m_shape.groups; ++g) {
        const CellCodes codes(m_weights.data() + g * group_codes, m_map, g, m_spec, outputs,
                              m_shape.k());
        for (const auto& cycle : m_cycles.cycles) {
            gather(rows, pad_code, g, cycle);
            sample(codes);
            clipped += converter.convert(m_samples.data(), m_samples.size(), arrays);
            accumulate(codes, cycle.weight(), acc + g * group_sums);
        }
    }
    return clipped;
}

void SampledArray::gather(const std::int32_t* const* rows, std::int32_t pad_code, int group,
                          const InputCycles::Cycle& cycle)
{
    m_digits.assign(static_cast<std::size_t>(m_shape.k()) * m_shape.out_width, 0);
    const std::int32_t mask = (1 << cycle.bits) - 1;
    const int window = m_shape.kernel_h * m_shape.kernel_w;
    for (int k = 0; k < m_shape.k(); ++k) {
        const int channel = group * m_shape.channels_per_group() + k / window;
        const std::int32_t* row = rows[k % window / m_shape.kernel_w];
        for (int x = 0; x < m_shape.out_width; ++x) {
            const int at =
                x * m_shape.stride - m_shape.pad_left + k % m_shape.kernel_w * m_shape.dilation;
            const bool inside = row != nullptr && at >= 0 && at < m_shape.in_width;
            const std::int32_t code = inside ? row[channel * m_shape.in_width + at] : pad_code;
            m_digits[static_cast<std::size_t>(k) * m_shape.out_width + x] =
                (code >> cycle.first_bit) & mask;
        }
    }
}

void SampledArray::sample(const CellCodes& codes)
{
    m_samples.clear();
    const int polarities = m_spec.sign == SignMode::diff_digital ? 2 : 1;
    for (int o = 0; o < codes.outputs(); ++o)
        for (int r = 0; r < codes.reads(); ++r)
            for (int s = 0; s < codes.slices(o, r); ++s)
                for (int p = 0; p < polarities; ++p)
                    sum_read(codes, o, r, s, polarities == 1 ? -1 : p);
}

/// Appends the sums of one column of one read; `polarity` 0 = positive cells, 1 = negative ones, -1
/// = their difference.
void SampledArray::sum_read(const CellCodes& codes, int output, int read, int slice, int polarity)
{
    const std::size_t at = m_samples.size();
    m_samples.resize(at + m_shape.out_width);
    for (int k = codes.first_row(read); k < codes.first_row(read) + codes.rows(read); ++k) {
        int digit = codes.digit(output, k, slice);
        if (polarity == 0) digit = std::max(digit, 0);
        if (polarity == 1) digit = std::max(-digit, 0);
        const std::int32_t* inputs =
            m_digits.data() + static_cast<std::size_t>(k) * m_shape.out_width;
        for (int x = 0; x < m_shape.out_width && digit != 0; ++x)
            m_samples[at + x] += digit * inputs[x];
    }
}

void SampledArray::accumulate(const CellCodes& codes, std::int64_t weight, std::int64_t* acc) const
{
    const std::int32_t* code = m_samples.data();
    const int polarities = m_spec.sign == SignMode::diff_digital ? 2 : 1;
    for (int o = 0; o < codes.outputs(); ++o, acc += m_shape.out_width)
        for (int r = 0; r < codes.reads(); ++r)
            for (int s = 0; s < codes.slices(o, r); ++s)
                for (int p = 0; p < polarities; ++p) {
                    const std::int64_t scale =
                        (weight << (s * m_spec.cell_bits)) * (p == 0 ? 1 : -1);
                    for (int x = 0; x < m_shape.out_width; ++x)
                        acc[x] += scale * *code++;
                }
}

}  // namespace imc::crossbar
