// SPDX-License-Identifier: Apache-2.0
/// The two ways a matrix product runs.
#include <algorithm>
#include <string>

#include "associative/cost/reduction.h"
#include "associative/kernel/bit_matrix.h"
#include "associative/kernel/gemm.h"
#include "common/error.h"

namespace imc::associative {

namespace {

constexpr std::size_t word_group = 32;
constexpr std::size_t plane_group = 64;
constexpr std::size_t plane_positions = 8;
constexpr int max_sum_bits = 48;

std::uint64_t low_mask(std::size_t count)
{
    return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// sums += addend modulo 2^bits as ripple passes do it, one word; the carry into bit j is bit j of
/// the xor.
void ripple_word(std::uint64_t addend, std::uint64_t& sum, int bits, WordTally& tally)
{
    const std::uint64_t total = addend + sum;
    const std::uint64_t carries = total ^ addend ^ sum;
    const std::uint64_t x = (addend ^ carries) & low_mask(static_cast<std::size_t>(bits));
    const auto matches = static_cast<std::uint64_t>(__builtin_popcountll(x));
    tally.ripple_matches += matches;
    tally.ripple_written +=
        matches + static_cast<std::uint64_t>(__builtin_popcountll(x & ~(addend ^ sum)));
    sum = total;
}

/// Input bits of up to 8 positions: bit p of out[k][j] is bit j of activations[p][k].
void pack_inputs(const std::uint16_t* activations, std::size_t length, std::size_t positions,
                 int bits, std::vector<std::uint8_t>& out)
{
    const auto width = static_cast<std::size_t>(bits);
    out.assign(length * width, 0);
    for (std::size_t p = 0; p < positions; ++p) {
        const std::uint16_t* row = activations + p * length;
        for (std::size_t k = 0; k < length; ++k) {
            for (std::size_t j = 0; j < width; ++j) {
                out[k * width + j] |= static_cast<std::uint8_t>(((row[k] >> j) & 1) << p);
            }
        }
    }
}

/// Words of the 64 x 8 lanes of bit planes.
void unpack_sums(const std::vector<std::uint64_t>& planes, int bits, std::int64_t bias,
                 std::size_t channels, std::size_t positions, std::size_t stride,
                 std::int64_t* sums)
{
    for (std::size_t p = 0; p < positions; ++p) {
        std::uint64_t words[plane_group] = {};
        for (int j = 0; j < bits; ++j) {
            words[j] = planes[static_cast<std::size_t>(j) * block_words + p];
        }
        transpose_bits(words);
        for (std::size_t c = 0; c < channels; ++c) {
            sums[p * stride + c] = static_cast<std::int64_t>(words[c]) - bias;
        }
    }
}

void add_adder(const std::uint64_t (&matches)[2], Counts& counts)
{
    const std::uint64_t written = matches[0] + 2 * matches[1];
    counts.matches += matches[0] + matches[1];
    counts.written += written;
    counts.flips += written;
}

/// A carry bit that moves is one match, a cleared cell and a set cell.
void add_shift(std::uint64_t shifts, Counts& counts)
{
    counts.matches += shifts;
    counts.written += 2 * shifts;
    counts.flips += 2 * shifts;
}

Counts counts_of(const GemmTally& tally)
{
    Counts counts;
    add_adder(tally.multiply, counts);
    add_adder(tally.carry_save, counts);
    add_adder(tally.ripple, counts);
    add_shift(tally.shift, counts);
    return counts;
}

Counts counts_of(const WordTally& tally)
{
    Counts counts;
    counts.matches = tally.carry_save_matches + tally.ripple_matches;
    counts.written = tally.carry_save_written + tally.ripple_written;
    counts.flips = counts.written;
    add_shift(tally.shift, counts);
    return counts;
}

}  // namespace

Counts Gemm::run_planes(const std::uint16_t* activations, std::size_t positions,
                        std::int64_t* sums) const
{
    const LaneKernels& kernels = lane_kernels();
    const auto wb = static_cast<std::size_t>(m_config.weight_bits);
    const auto ab = static_cast<std::size_t>(m_config.activation_bits);
    std::vector<std::uint8_t> inputs;
    std::vector<std::uint64_t> total(max_sum_bits * block_words);
    std::vector<std::uint64_t> part(max_sum_bits * block_words);
    GemmTally tally;
    for (std::size_t p = 0; p < positions; p += plane_positions) {
        const std::size_t block = std::min(plane_positions, positions - p);
        pack_inputs(activations + p * m_length, m_length, block, m_config.activation_bits, inputs);
        for (std::size_t c = 0; c < m_channels; c += plane_group) {
            const std::size_t group = std::min(plane_group, m_channels - c);
            for (std::size_t row = 0; row < m_length; row += m_config.array_rows) {
                const std::size_t rows = std::min(m_config.array_rows, m_length - row);
                const PlaneJob job{m_planes.data() + (c / plane_group * m_length + row) * wb,
                                   inputs.data() + row * ab,
                                   rows,
                                   m_config.weight_bits,
                                   m_config.activation_bits,
                                   m_config.reduction,
                                   low_mask(group),
                                   static_cast<std::uint8_t>(low_mask(block))};
                std::vector<std::uint64_t>& target = row == 0 ? total : part;
                std::fill(target.begin(), target.end(), 0);
                kernels.plane_gemm(job, target.data(), tally);
                if (row != 0) {
                    kernels.plane_add(part.data(), total.data(), m_sum_bits, tally);
                }
            }
            unpack_sums(total, m_sum_bits, bias(), group, block, m_channels,
                        sums + p * m_channels + c);
        }
    }
    return counts_of(tally);
}

Counts Gemm::run_words(const std::uint16_t* activations, std::size_t positions,
                       std::int64_t* sums) const
{
    const LaneKernels& kernels = lane_kernels();
    WordTally tally;
    for (std::size_t c = 0; c < m_channels; c += word_group) {
        const std::size_t group = std::min(word_group, m_channels - c);
        const std::int16_t* weights = m_words.data() + c * m_length;
        for (std::size_t p = 0; p < positions; ++p) {
            std::uint64_t total[word_group] = {};
            for (std::size_t row = 0; row < m_length; row += m_config.array_rows) {
                const std::size_t rows = std::min(m_config.array_rows, m_length - row);
                const WordJob job{weights + row * word_group,
                                  activations + p * m_length + row,
                                  rows,
                                  m_config.weight_bits + m_config.activation_bits,
                                  m_config.reduction,
                                  static_cast<std::uint32_t>(low_mask(group))};
                std::uint32_t part[word_group];
                kernels.word_gemm(job, part, tally);
                for (std::size_t i = 0; i < group; ++i) {
                    if (row == 0) {
                        total[i] = part[i];
                    } else {
                        ripple_word(part[i], total[i], m_sum_bits, tally);
                    }
                }
            }
            for (std::size_t i = 0; i < group; ++i) {
                sums[p * m_channels + c + i] = static_cast<std::int64_t>(total[i]) - bias();
            }
        }
    }
    Counts counts = counts_of(tally);
    counts += product_counts(activations, positions);
    return counts;
}

Counts Gemm::product_counts(const std::uint16_t* activations, std::size_t positions) const
{
    std::uint64_t written = 0;
    std::uint64_t matches = 0;
    const auto count_pairs = lane_kernels().count_products;
    for (std::size_t p = 0; p < positions; ++p) {
        const std::uint16_t* codes = activations + p * m_length;
        if (!m_product_counts.empty()) {
            for (std::size_t k = 0; k < m_length; ++k) {
                const std::uint64_t entry =
                    m_product_counts[(k << m_config.activation_bits) + codes[k]];
                written += entry >> 32;
                matches += entry & 0xffffffffu;
            }
        } else if (count_pairs != nullptr) {
            count_pairs({m_codes.data(), m_code_stride, codes, m_length, m_table->bytes.data()},
                        written, matches);
        } else {
            count_each_pair(codes, written, matches);
        }
    }
    Counts counts;
    counts.matches = matches;
    counts.written = written;
    counts.flips = written;
    return counts;
}

void Gemm::count_each_pair(const std::uint16_t* codes, std::uint64_t& written,
                           std::uint64_t& matches) const
{
    for (std::size_t k = 0; k < m_length; ++k) {
        const std::size_t row = static_cast<std::size_t>(codes[k]) << m_config.weight_bits;
        for (std::size_t c = 0; c < m_channels; ++c) {
            written += m_table->written[row + m_codes[k * m_code_stride + c]];
            matches += m_table->matches[row + m_codes[k * m_code_stride + c]];
        }
    }
}

}  // namespace imc::associative
