// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/bit_matrix.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/error.h"

namespace imc::crossbar {

namespace {

constexpr int most_planes = 16;
constexpr std::int64_t int32_limit = 2147483647;

/// Bit of slot `slot` inside its word (bit_kernels.h).
std::uint32_t slot_bit(int slot)
{
    return 1u << (slot % 4 * 8 + slot % 32 / 4);
}

int slots_of_read(int rows)
{
    return (rows + 31) / 32 * 32;
}

}  // namespace

SlotLayout BitMatrix::layout(Form form, int k, int read_rows)
{
    return form == Form::fused ? SlotLayout::dense(k, 32) : SlotLayout::aligned_reads(k, read_rows);
}

BitMatrix::BitMatrix(const CellCodes& codes, Form form, int activation_bits, std::size_t word_pitch)
    : m_kernels(&bit_kernels(simd_level())),
      m_form(form),
      m_outputs(codes.outputs()),
      m_range(codes.spec().range),
      m_largest_input((1 << std::min(codes.spec().dac_bits, activation_bits)) - 1),
      m_word_pitch(word_pitch)
{
    if (form == Form::fused)
        build_fused(codes);
    else
        build_reads(codes);
    m_first_batch.push_back(static_cast<std::uint32_t>(m_batches.size()));
}

void BitMatrix::start_output()
{
    m_first_batch.push_back(static_cast<std::uint32_t>(m_batches.size()));
    m_batch_sum = int32_limit;
}

void BitMatrix::add_run(const BitRun& run, std::int64_t largest_sum)
{
    if (largest_sum > int32_limit)
        throw InputError("crossbar: one read may sum to " + std::to_string(largest_sum) +
                         ", beyond 32 bits; use fewer rows a read or fewer DAC bits");
    if (m_batch_sum + largest_sum > int32_limit) {
        m_batches.push_back({static_cast<std::uint32_t>(m_runs.size()), 0});
        m_batch_sum = 0;
    }
    m_runs.push_back(run);
    m_batches.back().end = static_cast<std::uint32_t>(m_runs.size());
    m_batch_sum += largest_sum;
}

void BitMatrix::build_fused(const CellCodes& codes)
{
    std::vector<PlaneWord> runs[most_planes][2];  // words of one output, by plane and sign
    for (int o = 0; o < m_outputs; ++o) {
        start_output();
        for (int row = 0, word = 0; row < codes.k(); row += 32, ++word) {
            std::uint32_t cells[most_planes][2] = {};
            std::uint32_t planes = 0;
            for (int i = 0; i < std::min(32, codes.k() - row); ++i) {
                const int weight = codes.weight(o, row + i);
                for (std::uint32_t bits = static_cast<std::uint32_t>(std::abs(weight)); bits != 0;
                     bits &= bits - 1) {
                    const int plane = __builtin_ctz(bits);
                    cells[plane][weight < 0] |= slot_bit(i);
                    planes |= 1u << plane;
                }
            }
            for (; planes != 0; planes &= planes - 1)
                for (const int sign : {0, 1}) {
                    const int plane = __builtin_ctz(planes);
                    if (cells[plane][sign] != 0)
                        runs[plane][sign].push_back(
                            {static_cast<std::uint32_t>(word * m_word_pitch), cells[plane][sign]});
                }
        }
        for (int plane = 0; plane < most_planes; ++plane)
            for (const int sign : {0, 1}) {
                add_plane(runs[plane][sign], plane, sign);
                runs[plane][sign].clear();
            }
    }
}

void BitMatrix::add_plane(const std::vector<PlaneWord>& words, int plane, int sign)
{
    const std::int64_t word_limit = (std::int64_t{32} * m_largest_input) << plane;
    const std::size_t most_words = static_cast<std::size_t>(int32_limit / word_limit);
    for (std::size_t first = 0; first < words.size(); first += most_words) {
        const std::size_t count = std::min(most_words, words.size() - first);
        const std::uint32_t begin = static_cast<std::uint32_t>(m_planes.size());
        m_planes.insert(m_planes.end(), words.begin() + first, words.begin() + first + count);
        add_run({begin, static_cast<std::uint32_t>(m_planes.size()),
                 static_cast<std::uint32_t>(plane), sign},
                static_cast<std::int64_t>(count) * word_limit);
    }
}

void BitMatrix::build_reads(const CellCodes& codes)
{
    const SignMode sign = codes.spec().sign;
    const int cell_bits = codes.spec().cell_bits;
    if (sign == SignMode::offset) build_unit_column(codes);
    for (int o = 0; o < m_outputs; ++o) {
        start_output();
        for (int v = 0; v < codes.reads(); ++v) {
            const std::uint32_t flipped = codes.flipped_bits(o, v);
            collect_bits(codes, o, v, flipped);
            for (int s = 0; s < codes.slices(o, v); ++s) {
                const bool flip = ((flipped >> (s * cell_bits)) & 1) != 0;
                if (sign == SignMode::diff_analog) {
                    add_read(codes, v, s, Polarity::both, false);
                } else {
                    add_read(codes, v, s, Polarity::positive, flip);
                    if (sign == SignMode::diff_digital)
                        add_read(codes, v, s, Polarity::negative, true);
                }
            }
            if (flipped != 0)
                m_unit_factors[static_cast<std::size_t>(o) * codes.reads() + v] += flipped;
        }
    }
}

/// The cells of one output and read, all planes: [plane][word] as masks of slots.
void BitMatrix::collect_bits(const CellCodes& codes, int output, int read, std::uint32_t flipped)
{
    const int words = slots_of_read(codes.spec().rows) / 32;
    m_read_bits.assign(static_cast<std::size_t>(most_planes) * words, SignedWord{});
    for (int i = 0; i < codes.rows(read); ++i) {
        const int weight = codes.weight(output, codes.first_row(read) + i);
        const bool negative = !codes.is_offset() && weight < 0;
        const int stored = codes.stored(output, codes.first_row(read) + i);
        for (std::uint32_t bits = static_cast<std::uint32_t>(stored) ^ flipped; bits != 0;
             bits &= bits - 1) {
            SignedWord& word =
                m_read_bits[static_cast<std::size_t>(__builtin_ctz(bits)) * words + i / 32];
            (negative ? word.negative : word.positive) |= slot_bit(i);
        }
    }
}

void BitMatrix::add_read(const CellCodes& codes, int read, int slice, Polarity polarity,
                         bool subtract)
{
    const int cell_bits = codes.spec().cell_bits;
    const int words = slots_of_read(codes.spec().rows) / 32;
    const std::uint32_t begin = static_cast<std::uint32_t>(m_words.size());
    std::int64_t positive = 0, negative = 0;
    for (int word = 0; word < words; ++word)
        for (int bit = 0; bit < cell_bits && slice * cell_bits + bit < most_planes; ++bit) {
            SignedWord cells =
                m_read_bits[static_cast<std::size_t>(slice * cell_bits + bit) * words + word];
            if (polarity == Polarity::negative) cells.positive = cells.negative;
            if (polarity != Polarity::both) cells.negative = 0;
            if (cells.positive == 0 && cells.negative == 0) continue;
            positive += static_cast<std::int64_t>(__builtin_popcount(cells.positive)) << bit;
            negative += static_cast<std::int64_t>(__builtin_popcount(cells.negative)) << bit;
            m_words.push_back({static_cast<std::uint32_t>((read * words + word) * m_word_pitch),
                               cells.positive, cells.negative, static_cast<std::uint32_t>(bit)});
        }
    const std::uint32_t end = static_cast<std::uint32_t>(m_words.size());
    if (end == begin) return;
    const int shift = slice * cell_bits;
    add_run({begin, end, static_cast<std::uint32_t>(shift), subtract ? 1 : 0},
            (std::max(positive, negative) * m_largest_input) << shift);
}

void BitMatrix::build_unit_column(const CellCodes& codes)
{
    m_unit_factors.assign(static_cast<std::size_t>(m_outputs) * codes.reads(), -codes.offset());
    for (int v = 0; v < codes.reads(); ++v) {
        const std::uint32_t begin = static_cast<std::uint32_t>(m_unit_words.size());
        const int first_word = v * slots_of_read(codes.spec().rows) / 32;
        for (int row = 0, word = first_word; row < codes.rows(v); row += 32, ++word) {
            std::uint32_t cells = 0;
            for (int i = 0; i < std::min(32, codes.rows(v) - row); ++i)
                cells |= slot_bit(i);
            m_unit_words.push_back({static_cast<std::uint32_t>(word * m_word_pitch), cells, 0, 0});
        }
        m_unit_runs.push_back({begin, static_cast<std::uint32_t>(m_unit_words.size()), 0, 0});
    }
}

void BitMatrix::read_unit_column(const BitLanes& lanes, int positions)
{
    m_unit_sums.assign(m_unit_runs.size() * positions, 0);
    for (std::size_t v = 0; v < m_unit_runs.size(); ++v) {
        std::fill(m_sums.begin(), m_sums.end(), 0);
        m_kernels->reads(&m_unit_runs[v], 1, m_unit_words.data(), lanes.view(), m_range.low,
                         m_range.high, m_sums.data(), m_clipped.data());
        lanes.combine(m_sums.data(), m_unit_sums.data() + v * positions);
    }
}

void BitMatrix::run_output(const BitLanes& lanes, int output, std::int64_t* acc)
{
    const LaneView view = lanes.view();
    for (std::uint32_t b = m_first_batch[output]; b < m_first_batch[output + 1]; ++b) {
        const BitRun* const runs = m_runs.data() + m_batches[b].begin;
        const std::size_t count = m_batches[b].end - m_batches[b].begin;
        if (m_form == Form::fused) {
            m_kernels->fused(runs, count, m_planes.data(), view, m_sums.data());
        } else {
            std::fill(m_sums.begin(), m_sums.end(), 0);
            m_kernels->reads(runs, count, m_words.data(), view, m_range.low, m_range.high,
                             m_sums.data(), m_clipped.data());
        }
        lanes.combine(m_sums.data(), acc);
    }
}

std::uint64_t BitMatrix::multiply(const BitLanes& lanes, int positions, std::int64_t* acc)
{
    const std::size_t padded = static_cast<std::size_t>(lanes.view().vectors) * 16;
    m_sums.resize(padded);
    m_clipped.assign(padded, 0);
    if (!m_unit_runs.empty()) read_unit_column(lanes, positions);
    for (int o = 0; o < m_outputs; ++o, acc += positions) {
        std::fill_n(acc, positions, std::int64_t{0});
        run_output(lanes, o, acc);
        for (std::size_t v = 0; v < m_unit_runs.size(); ++v) {
            const std::int64_t factor = m_unit_factors[o * m_unit_runs.size() + v];
            for (int p = 0; p < positions; ++p)
                acc[p] += factor * m_unit_sums[v * positions + p];
        }
    }
    std::uint64_t clipped = 0;
    for (int lane = 0; lane < lanes.lanes(); ++lane)
        clipped += m_clipped[lane];
    return clipped;
}

}  // namespace imc::crossbar
