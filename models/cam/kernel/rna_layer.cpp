// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/rna_layer.h"

#include "cam/kernel/count_kernel.h"
#include "common/error.h"

#include <algorithm>
#include <array>
#include <string>

namespace imc::cam {

namespace {

constexpr std::size_t positions_a_batch =
    16;  ///< share a block of weights while it is in the cache

std::size_t blocks_of(std::size_t n, std::size_t size)
{
    return (n + size - 1) / size;
}

void count(const CountJob& job, SimdLevel simd)
{
    if (simd == SimdLevel::avx512) return count_avx512(job);
    if (simd == SimdLevel::avx2) return count_avx2(job);
    count_portable(job);
}

void lookup(const LookupJob& job, SimdLevel simd)
{
    if (simd == SimdLevel::avx512) return lookup_avx512(job);
    if (simd == SimdLevel::avx2) return lookup_avx2(job);
    lookup_portable(job);
}

}  // namespace

RnaLayer::RnaLayer(LayerTables tables) : m_tables(std::move(tables)), m_simd(simd_level())
{
    check(m_tables);
    const LayerTables& t = m_tables;
    m_largest_group.resize(t.outputs);
    for (unsigned o = 0; o < t.outputs; ++o) {
        std::array<std::uint32_t, 64> group{};
        for (unsigned k = 0; k < t.fan_in; ++k)
            ++group[t.weight_code[std::size_t{o} * t.fan_in + k]];
        m_largest_group[o] = *std::max_element(group.begin(), group.end());
    }
    prepare_products();
    prepare_counting();
}

void RnaLayer::prepare_products()
{
    const LayerTables& t = m_tables;
    m_active.assign(t.input_codes, t.skip_zero_products ? 0 : 1);
    for (std::size_t n = 0; n < t.product.size(); ++n)
        if (t.product[n] != 0) m_active[n % t.input_codes] = 1;
    if (t.scopes != 1) return;
    m_rows.resize(t.input_codes);
    for (unsigned j = 0; j < t.input_codes; ++j)
        for (unsigned i = 0; i < t.weight_codes; ++i) {
            const auto bits =
                static_cast<std::uint16_t>(t.product[std::size_t{i} * t.input_codes + j]);
            m_rows[j].product[i] = static_cast<std::int16_t>(bits);
            m_rows[j].low[i] = static_cast<std::uint8_t>(bits & 0xFF);
            m_rows[j].high[i] = static_cast<std::uint8_t>(bits >> 8);
        }
    m_codes.resize(blocks_of(t.outputs, 64) * t.fan_in);
    for (unsigned o = 0; o < t.outputs; ++o)
        for (unsigned k = 0; k < t.fan_in; ++k) {
            Line& line = m_codes[std::size_t{o / 64} * t.fan_in + k];
            line.word[o % 64 / 8] |= std::uint64_t{t.weight_code[std::size_t{o} * t.fan_in + k]}
                                     << (o % 8 * 8);
        }
}

void RnaLayer::prepare_counting()
{
    const LayerTables& t = m_tables;
    for (m_weights_a_line = 1; m_weights_a_line < 8 && m_weights_a_line < t.weight_codes;)
        m_weights_a_line *= 2;
    const unsigned words_of_outputs = 8 / m_weights_a_line;
    m_outputs_a_block = 64 * words_of_outputs;
    m_weight_lines = static_cast<unsigned>(blocks_of(t.weight_codes, m_weights_a_line));
    const std::size_t blocks = blocks_of(t.outputs, m_outputs_a_block);
    m_onehot.resize(blocks * m_weight_lines * (t.fan_in + 1));
    for (unsigned o = 0; o < t.outputs; ++o)
        for (unsigned k = 0; k < t.fan_in; ++k) {
            const unsigned code = t.weight_code[std::size_t{o} * t.fan_in + k];
            const std::size_t line =
                std::size_t{o / m_outputs_a_block} * m_weight_lines + code / m_weights_a_line;
            const unsigned word =
                code % m_weights_a_line * words_of_outputs + o % m_outputs_a_block / 64;
            m_onehot[line * (t.fan_in + 1) + k].word[word] |= std::uint64_t{1} << (o % 64);
        }
    m_mask.resize(blocks * m_weight_lines * t.input_codes);
    for (std::size_t block = 0; block < blocks; ++block)
        prepare_masks(block);
}

void RnaLayer::prepare_masks(std::size_t block)
{
    const LayerTables& t = m_tables;
    const std::size_t first = block * m_outputs_a_block;
    const std::size_t last = std::min<std::size_t>(first + m_outputs_a_block, t.outputs);
    for (std::size_t o = first; o < last; ++o)
        for (unsigned i = 0; i < t.weight_codes; ++i)
            for (unsigned j = 0; j < t.input_codes; ++j) {
                const auto product =
                    t.products_of(static_cast<unsigned>(o))[std::size_t{i} * t.input_codes + j];
                if (t.skip_zero_products && product == 0) continue;
                const std::size_t line = block * m_weight_lines + i / m_weights_a_line;
                const unsigned word = i % m_weights_a_line * (8 / m_weights_a_line) +
                                      static_cast<unsigned>((o - first) / 64);
                m_mask[line * t.input_codes + j].word[word] |= std::uint64_t{1} << (o % 64);
            }
}

void RnaLayer::group(const std::uint8_t* inputs, GroupedInputs& out) const
{
    const LayerTables& t = m_tables;
    std::array<std::uint32_t, 256> histogram{};
    for (unsigned k = 0; k < t.fan_in; ++k)
        ++histogram[inputs[k]];
    out.start.resize(t.input_codes);
    out.size.resize(t.input_codes);
    std::array<std::uint32_t, 256> next{};
    std::uint32_t begin = 0, counted = 0;
    for (unsigned j = 0; j < t.input_codes; ++j) {
        counted += histogram[j];
        out.start[j] = next[j] = begin;
        out.size[j] = m_active[j] ? histogram[j] : 0;
        begin +=
            (histogram[j] + 3) & ~3u;  // skipped codes are stored too: no branch in the loop below
    }
    if (counted != t.fan_in)
        throw InputError("CAM layer: an input code is not below " + std::to_string(t.input_codes) +
                         ", the size of its codebook");
    out.order.assign(begin, static_cast<std::uint16_t>(t.fan_in));
    for (unsigned k = 0; k < t.fan_in; ++k)
        out.order[next[inputs[k]]++] = static_cast<std::uint16_t>(k);
}

void RnaLayer::sum_position(const std::uint8_t* inputs, const GroupedInputs& grouped,
                            std::int32_t* sums) const
{
    const LayerTables& t = m_tables;
    if (t.scopes != 1) {  // every output has a table of its own: nothing to share between outputs
        for (unsigned o = 0; o < t.outputs; ++o) {
            const std::int16_t* products = t.products_of(o);
            const std::uint8_t* weights = t.weight_code.data() + std::size_t{o} * t.fan_in;
            std::int32_t sum = t.bias.empty() ? 0 : t.bias[o];
            for (unsigned k = 0; k < t.fan_in; ++k)
                sum += products[weights[k] * t.input_codes + inputs[k]];
            sums[o] = sum;
        }
        return;
    }
    std::int32_t block[64];
    LookupJob job;
    job.rows = m_rows.data();
    job.weight_codes = t.weight_codes;
    job.input_codes = t.input_codes;
    job.order = grouped.order.data();
    job.start = grouped.start.data();
    job.size = grouped.size.data();
    job.sums = block;
    for (unsigned first = 0; first < t.outputs; first += 64) {
        job.codes = m_codes.data() + std::size_t{first / 64} * t.fan_in;
        lookup(job, m_simd);
        for (unsigned o = first; o < std::min(first + 64, t.outputs); ++o)
            sums[o] = block[o - first] + (t.bias.empty() ? 0 : t.bias[o]);
    }
}

void RnaLayer::count_position(const GroupedInputs& grouped, std::size_t block,
                              std::uint16_t* nonzero, std::uint16_t* addends) const
{
    const LayerTables& t = m_tables;
    std::uint16_t block_nonzero[512] = {}, block_addends[512] = {};
    CountJob job;
    job.onehot = m_onehot.data() + block * m_weight_lines * (t.fan_in + 1);
    job.mask = m_mask.data() + block * m_weight_lines * t.input_codes;
    job.weight_lines = m_weight_lines;
    job.fan_in = t.fan_in;
    job.input_codes = t.input_codes;
    job.words_of_outputs = m_outputs_a_block / 64;
    job.signed_digits = t.digits == Digits::signed_digit;
    job.order = grouped.order.data();
    job.start = grouped.start.data();
    job.size = grouped.size.data();
    job.nonzero = block_nonzero;
    job.addends = block_addends;
    count(job, m_simd);
    const std::size_t first = block * m_outputs_a_block;
    const std::size_t n = std::min<std::size_t>(m_outputs_a_block, t.outputs - first);
    std::copy_n(block_nonzero, n, nonzero + first);
    std::copy_n(block_addends, n, addends + first);
}

void RnaLayer::sums(const std::uint8_t* inputs, std::size_t positions, std::int32_t* sums) const
{
    GroupedInputs grouped;
    for (std::size_t p = 0; p < positions; ++p) {
        group(inputs + p * m_tables.fan_in, grouped);
        sum_position(inputs + p * m_tables.fan_in, grouped, sums + p * m_tables.outputs);
    }
}

void RnaLayer::sums_and_counts(const std::uint8_t* inputs, std::size_t positions,
                               std::int32_t* sums, std::uint16_t* nonzero,
                               std::uint16_t* addends) const
{
    const std::size_t outputs = m_tables.outputs;
    std::array<GroupedInputs, positions_a_batch> grouped;
    for (std::size_t begin = 0; begin < positions; begin += positions_a_batch) {
        const std::size_t n = std::min(positions_a_batch, positions - begin);
        for (std::size_t p = 0; p < n; ++p) {
            group(inputs + (begin + p) * m_tables.fan_in, grouped[p]);
            sum_position(inputs + (begin + p) * m_tables.fan_in, grouped[p],
                         sums + (begin + p) * outputs);
        }
        for (std::size_t block = 0; block < blocks_of(outputs, m_outputs_a_block); ++block)
            for (std::size_t p = 0; p < n; ++p)
                count_position(grouped[p], block, nonzero + (begin + p) * outputs,
                               addends + (begin + p) * outputs);
    }
}

}  // namespace imc::cam
