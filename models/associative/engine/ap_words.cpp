// SPDX-License-Identifier: Apache-2.0
/// Operations on words, one or a few a row: addition, pooling, per-channel affine, look-up.
#include <algorithm>
#include <map>
#include <string>

#include "associative/cost/reduction.h"
#include "associative/engine/ap_engine.h"
#include "common/error.h"

namespace imc::associative {

/// `count` codes of a unit from `channel` on, channel-major as the outputs lie, less the lowest.
std::vector<std::uint64_t> ApEngine::codes(const Unit& unit, unsigned stream, std::size_t channel,
                                           std::size_t count) const
{
    const std::size_t width = m_stage.out_width;
    const std::int32_t lowest = lowest_input(stream);
    const std::uint64_t highest = highest_input(stream);
    std::vector<std::uint64_t> words(count * unit.size);
    for (std::uint32_t r = 0; r < unit.rows; ++r) {
        const std::int32_t* row = unit.in->row(stream, unit.first + r) + channel * width;
        for (std::size_t c = 0; c < count; ++c)
            for (std::size_t x = 0; x < width; ++x) {
                const auto word =
                    static_cast<std::uint64_t>(std::int64_t{row[c * width + x]} - lowest);
                if (word > highest)
                    throw InputError("associative processor: code " +
                                     std::to_string(row[c * width + x]) + " of stage " +
                                     std::to_string(m_stage.id) + " does not fit its " +
                                     std::to_string(m_stage.in[stream].bits) + " bits");
                words[c * unit.size + r * width + x] = word;
            }
    }
    return words;
}

/// z = sum of the scaled streams, one rounding.
void ApEngine::add(const Unit& unit, Tally& tally)
{
    const SumRescale sum = sum_rescale_of(m_stage, m_tables->requant);
    WordUnit arrays = word_unit(channels() * unit.size);
    std::vector<std::uint64_t> result(arrays.rows());
    run_sum(
        arrays, sum, [&](unsigned s) { return codes(unit, s, 0, channels()); }, result.data());
    for (std::size_t i = 0; i < result.size(); ++i)
        unit.out[i] =
            static_cast<std::int32_t>(static_cast<std::int64_t>(result[i]) + m_stage.out_min);
    tally.add(arrays.counts());
}

/// COPY, AFFINE: constants of a channel are shared by its rows.
void ApEngine::affine(const Unit& unit, Tally& tally)
{
    for (std::size_t c = 0; c < channels(); ++c)
        requantize(unit, c, codes(unit, 0, c, 1),
                   rescale_of(m_stage, entry(c), {lowest_input(0), highest_input(0)}, true), tally);
}

/// The array is a content-addressable memory: each code is a key, its entry what is written.
void ApEngine::look_up(const Unit& unit, Tally& tally)
{
    const auto& lut = m_tables->lut;
    const std::size_t entries = std::size_t{1} << m_stage.in[0].bits;
    if (lut.empty()) throw InputError("associative processor: a look-up without a table");
    const auto [least, most] = std::minmax_element(lut.begin(), lut.end());
    std::vector<std::uint64_t> table(entries);
    for (std::size_t code = 0; code < entries; ++code)  // beyond the table: its end
        table[code] =
            static_cast<std::uint64_t>(std::int64_t{lut[std::min(code, lut.size() - 1)]} - *least);
    const auto words = codes(unit, 0, 0, channels());
    WordUnit arrays = word_unit(words.size());
    const auto from = arrays.make(m_stage.in[0].bits);
    const auto to = arrays.make(bit_length(Wide{*most} - *least));
    arrays.load(from, words.data());
    arrays.look_up(to, from, table);
    std::vector<std::uint64_t> result(words.size());
    arrays.read(to, result.data());
    for (std::size_t i = 0; i < result.size(); ++i)
        unit.out[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(result[i]) + *least);
    tally.add(arrays.counts());
}

bool ApEngine::window_code(const Unit& unit, std::size_t index, unsigned kh, unsigned kw,
                           std::int32_t& code) const
{
    const imc_stream& in = m_stage.in[0];
    const std::size_t channel = index / unit.size, at = index % unit.size;
    const auto oy = static_cast<std::int64_t>(unit.first + at / m_stage.out_width);
    const auto ox = static_cast<std::int64_t>(at % m_stage.out_width);
    const std::int64_t y =
        oy * m_stage.stride_h - m_stage.pad_top + std::int64_t{kh} * m_stage.dilation_h;
    const std::int64_t x =
        ox * m_stage.stride_w - m_stage.pad_left + std::int64_t{kw} * m_stage.dilation_w;
    if (y < 0 || y >= in.height || x < 0 || x >= in.width) return false;
    code = unit.in->row(
        0, static_cast<std::uint32_t>(y))[channel * in.width + static_cast<std::size_t>(x)];
    return true;
}

void ApEngine::pool(const Unit& unit, Tally& tally)
{
    if (m_stage.op == IMC_STAGE_MAXPOOL)
        max_pool(unit, tally);
    else
        average_pool(unit, tally);
}

/// One window a row; its cells come in one after the other. Padding is the lowest code, which never
/// wins.
void ApEngine::max_pool(const Unit& unit, Tally& tally)
{
    const std::size_t count = channels() * unit.size;
    const std::int32_t lowest = lowest_input(0);
    WordUnit arrays = word_unit(count);
    const auto best = arrays.make(m_stage.in[0].bits);
    const auto cell = arrays.make(m_stage.in[0].bits);
    std::vector<std::uint64_t> words(count);
    std::vector<bool> seen(count);
    for (unsigned kh = 0; kh < m_stage.kernel_h; ++kh)
        for (unsigned kw = 0; kw < m_stage.kernel_w; ++kw) {
            for (std::size_t i = 0; i < count; ++i) {
                std::int32_t code = lowest;
                if (window_code(unit, i, kh, kw, code)) seen[i] = true;
                words[i] = static_cast<std::uint64_t>(std::int64_t{code} - lowest);
            }
            const bool first = kh == 0 && kw == 0;
            arrays.load(first ? best : cell, words.data());
            if (!first) arrays.max(best, cell);
        }
    arrays.read(best, words.data());
    Tally scaling;  // after the maxima
    const bool scaled = !m_tables->requant.empty();
    imc_stage plain = m_stage;
    if (!scaled) {  // codes as they are
        plain.requant = IMC_REQUANT_NONE;
        plain.out_zero_point = 0;
    }
    const Range range{lowest, highest_input(0)};
    for (std::size_t c = 0; c < channels(); ++c) {
        const Rescale rescale = rescale_of(plain, entry(c), range, true);
        if (rescale.is_identity() && range.lowest == m_stage.out_min) {
            for (std::size_t i = c * unit.size; i < (c + 1) * unit.size; ++i)
                unit.out[i] =
                    static_cast<std::int32_t>(static_cast<std::int64_t>(words[i]) + lowest);
            continue;
        }
        const auto begin = words.begin() + static_cast<std::ptrdiff_t>(c * unit.size);
        requantize(unit, c, {begin, begin + static_cast<std::ptrdiff_t>(unit.size)}, rescale,
                   scaling);
    }
    tally.add(arrays.counts(), scaling);
    for (std::size_t i = 0; i < count; ++i)
        if (!seen[i]) unit.out[i] = m_stage.out_min;
}

/// Rows are grouped by the cells they divide by, whose constants they share.
void ApEngine::average_pool(const Unit& unit, Tally& tally)
{
    const unsigned window = unsigned{m_stage.kernel_h} * m_stage.kernel_w;
    std::map<unsigned, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < channels() * unit.size; ++i) {
        unsigned cells = 0;
        std::int32_t code = 0;
        for (unsigned k = 0; k < window; ++k)
            cells += window_code(unit, i, k / m_stage.kernel_w, k % m_stage.kernel_w, code);
        groups[m_stage.count_include_pad ? window : cells].push_back(i);
    }
    for (const auto& [cells, outputs] : groups) {
        if (cells == 0) throw InputError("associative processor: a window of padding alone");
        average_rows(unit, outputs, cells, tally);
    }
}

void ApEngine::average_rows(const Unit& unit, const std::vector<std::size_t>& outputs,
                            unsigned cells, Tally& tally)
{
    const unsigned window = unsigned{m_stage.kernel_h} * m_stage.kernel_w;
    const std::int32_t lowest = lowest_input(0);
    const int bits = m_stage.in[0].bits;
    WordUnit arrays = word_unit(outputs.size());
    const auto cell = arrays.make(bits);
    const auto sum = arrays.make(bits + ceil_log2(window) + 1);
    std::vector<std::uint64_t> words(outputs.size());
    for (unsigned k = 0; k < window; ++k) {
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            std::int32_t code = m_stage.count_include_pad ? m_stage.in[0].pad_code : lowest;
            window_code(unit, outputs[i], k / m_stage.kernel_w, k % m_stage.kernel_w, code);
            words[i] = static_cast<std::uint64_t>(std::int64_t{code} - lowest);
        }
        arrays.load(k == 0 ? sum : cell, words.data());
        if (k != 0) arrays.add(sum, cell, bits + ceil_log2(k));
    }
    arrays.read(sum, words.data());
    const Range range{std::int64_t{lowest} * cells, highest_input(0) * window};
    const Rescale rescale = rescale_of(m_stage, entry(0), range, false, cells);
    WordUnit last = word_unit(outputs.size());
    run_rescale(last, rescale, words.data(), words.data());
    for (std::size_t i = 0; i < outputs.size(); ++i)
        unit.out[outputs[i]] =
            static_cast<std::int32_t>(static_cast<std::int64_t>(words[i]) + m_stage.out_min);
    Counts counts = arrays.counts();
    counts += last.counts();
    tally.add(counts);
}

}  // namespace imc::associative
