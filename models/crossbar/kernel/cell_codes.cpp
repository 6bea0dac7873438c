// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/cell_codes.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/error.h"

namespace imc::crossbar {

ReadSpec::ReadSpec(const Config& config)
    : whole(config.activation == Activation::full_array),
      rows(static_cast<int>(whole ? config.rows : config.ou_rows)),
      columns(static_cast<int>(whole ? config.columns : config.ou_columns)),
      cell_bits(static_cast<int>(config.cell_bits)),
      dac_bits(static_cast<int>(config.dac_bits)),
      sign(config.sign),
      range(adc::clip_range(config.adc_bits, config.sign == SignMode::diff_analog,
                            config.adc_lossless))
{
    const auto require = [](bool ok, const char* what, int value, const char* remedy) {
        if (!ok)
            throw InputError(std::string("crossbar: ") + what + " = " + std::to_string(value) +
                             ": " + remedy);
    };
    require(cell_bits >= 1 && cell_bits <= 4, "cell_bits", cell_bits, "must be 1 to 4");
    require(dac_bits >= 1 && dac_bits <= 8, "dac_bits", dac_bits, "must be 1 to 8");
    require(rows >= 1 && rows <= 4096, "rows of a read", rows, "must be 1 to 4096");
    require(columns >= 1, "columns of a read", columns, "must be at least 1");
    require(rows <= static_cast<int>(config.rows), "ou_rows", rows,
            "must not exceed the rows of an array");
    require(columns <= static_cast<int>(config.columns), "ou_columns", columns,
            "must not exceed an array's columns");
}

CellCodes::CellCodes(const std::int16_t* weights, const BlockMap& map, int group,
                     const ReadSpec& spec, int outputs, int k)
    : m_weights(weights), m_map(&map), m_group(group), m_spec(&spec), m_outputs(outputs), m_k(k)
{
    const int uniform = map.planes(group, 0, 0);
    if (is_offset()) m_offset = uniform == 0 ? 0 : 1 << (uniform - 1);
    for (int o = 0; o < outputs; ++o)
        for (int read = 0; read < reads(); ++read)
            check(o, read, uniform);
}

void CellCodes::check(int output, int read, int uniform) const
{
    const int planes = this->planes(output, read);
    if (is_offset() && planes != uniform)
        throw InputError(
            "crossbar: offset sign mode needs the same bits in every block; use diff_analog or "
            "diff_digital with a block bit-width map");
    const int low = is_offset() ? -m_offset : 1 - (1 << planes);
    const int high = is_offset() ? std::max(m_offset, 1) - 1 : (1 << planes) - 1;
    for (int row = first_row(read); row < first_row(read) + rows(read); ++row) {
        const int w = weight(output, row);
        if (w < low || w > high)
            throw InputError("crossbar: weight " + std::to_string(w) + " (output " +
                             std::to_string(output) + ", row " + std::to_string(row) +
                             ") does not fit the " + std::to_string(planes) +
                             " planes of its block; widen the block's bit-width");
    }
}

CellCodes::DigitSums CellCodes::digit_sums(int output, int read) const
{
    DigitSums sums;
    const int count = slices(output, read);
    const int bits = m_spec->cell_bits;
    const int mask = (1 << bits) - 1;
    for (int row = first_row(read); row < first_row(read) + rows(read); ++row) {
        const int code = stored(output, row);
        int* const side = !is_offset() && weight(output, row) < 0 ? sums.negative : sums.positive;
        for (int s = 0; s < count; ++s)
            side[s] += (code >> (s * bits)) & mask;
    }
    return sums;
}

std::uint32_t CellCodes::flipped_bits(int output, int read) const
{
    if (!is_offset()) return 0;
    const DigitSums sums = digit_sums(output, read);
    const int top = (1 << m_spec->cell_bits) - 1;
    std::uint32_t bits = 0;
    for (int s = 0; s < slices(output, read); ++s)
        if (2 * sums.positive[s] > rows(read) * top)
            bits |= static_cast<std::uint32_t>(top) << (s * m_spec->cell_bits);
    return bits;
}

bool CellCodes::cannot_clip(int output, int read, std::int64_t largest_input) const
{
    const DigitSums sums = digit_sums(output, read);
    const int full = rows(read) * ((1 << m_spec->cell_bits) - 1);
    for (int s = 0; s < slices(output, read); ++s) {
        int positive = sums.positive[s];
        if (is_offset()) positive = std::min(positive, full - positive);  // flipped if above half
        const std::int64_t high = largest_input * positive, low = largest_input * sums.negative[s];
        const bool analog = m_spec->sign == SignMode::diff_analog;
        if (!m_spec->range.holds(analog ? -low : 0, analog ? high : std::max(high, low)))
            return false;
    }
    return true;
}

bool CellCodes::proves_lossless(int activation_bits) const
{
    const std::int64_t input = (1 << std::min(m_spec->dac_bits, activation_bits)) - 1;
    const std::int64_t worst = input * m_spec->rows * ((1 << m_spec->cell_bits) - 1);
    if (m_spec->range.holds(m_spec->sign == SignMode::diff_analog ? -worst : 0, worst)) return true;
    for (int read = 0; read < reads(); ++read) {
        if (is_offset() && !m_spec->range.holds(0, input * rows(read)))
            return false;  // unit column
        for (int o = 0; o < m_outputs; ++o)
            if (!cannot_clip(o, read, input)) return false;
    }
    return true;
}

}  // namespace imc::crossbar
