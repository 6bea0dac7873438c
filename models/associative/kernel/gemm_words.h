// SPDX-License-Identifier: Apache-2.0
/// Fast dot products: 16 or 32 words a register instead of one bit of 512. Counts follow from the
/// state tables of add_in_place: a bit matches iff A != C, and its carry cell is written too iff
/// also A == B. So for words
///   x = A ^ C, S = x ^ B, carries m = maj(A, B, C): matches |x|, written cells |x| + |C ^ m|.
/// The carries shifted need no counting: a carry-save step lowers the number of ones by |m|, hence
/// their sum over a reduction is the ones of all products less the ones of the last sum and carry
/// words.
#pragma once

#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/lane_vector.h"

namespace imc::associative {
namespace {

constexpr int word_halves = 2;  ///< a register of 16-bit products widens to two of words
constexpr std::size_t half_lanes = lane_bytes / 2;
constexpr std::size_t job_channels = 32;
constexpr int max_word_nodes = 17;

struct WordNode {
    WordLanes s[word_halves];
    WordLanes c[word_halves];
};

struct WordSums {
    Lanes matches = {};
    Lanes extra = {};  ///< carry cells written on top of one cell a match
    Lanes ones = {};   ///< ones of products, less ones of results
    Lanes ripple_matches = {};
    Lanes ripple_extra = {};
};

IMC_INLINE Lanes ones_of(const HalfLanes& lanes)
{
    return popcount((Lanes)lanes);
}

IMC_INLINE Lanes ones_of(const WordLanes& lanes)
{
    return popcount((Lanes)lanes);
}

IMC_INLINE WordLanes widened(const HalfLanes& lanes, int half)
{
    using Quarter = std::uint16_t __attribute__((vector_size(lane_bytes / 2)));
    Quarter part;
    __builtin_memcpy(&part, reinterpret_cast<const char*>(&lanes) + half_lanes * half, half_lanes);
    return __builtin_convertvector(part, WordLanes);
}

/// Products of one row plus the bias that makes them unsigned; channels that are not valid give 0.
IMC_INLINE HalfLanes word_product(const WordJob& job, std::size_t row, const HalfLanes& bias)
{
    HalfLanes weights;
    __builtin_memcpy(&weights, job.weights + row * job_channels, sizeof weights);
    return weights * job.inputs[row] + bias;
}

IMC_INLINE HalfLanes word_bias(const WordJob& job)
{
    HalfLanes bias = {};
    for (std::size_t i = 0; i < half_lanes; ++i) {
        bias[i] = static_cast<std::uint16_t>(((job.channels >> i) & 1u) << (job.product_bits - 1));
    }
    return bias;
}

/// First level: rows `row` and `row` + 1, no carry yet.
IMC_INLINE void combine_rows(const WordJob& job, std::size_t row, const HalfLanes& bias,
                             WordNode& node, WordSums& sums)
{
    const HalfLanes b = word_product(job, row, bias);
    const HalfLanes a = word_product(job, row + 1, bias);
    const HalfLanes carries = a & b;
    const Lanes ones_a = ones_of(a);
    sums.matches += ones_a;
    sums.extra += ones_of(carries);
    sums.ones += ones_a + ones_of(b);
    for (int h = 0; h < word_halves; ++h) {
        const WordLanes m = widened(carries, h);
        node.s[h] = widened(a ^ b, h);
        node.c[h] = m + m;
    }
}

/// One carry-save step on words: s <- sum, c <- carries one column up.
IMC_INLINE void word_step(const WordLanes& a, WordLanes& s, WordLanes& c, WordSums& sums)
{
    const WordLanes x = a ^ c;
    const WordLanes carries = (a & c) | (s & x);
    sums.matches += ones_of(x);
    sums.extra += ones_of(c ^ carries);
    s ^= x;
    c = carries + carries;
}

IMC_INLINE void word_merge(WordNode& left, const WordNode& right, WordSums& sums)
{
    for (int h = 0; h < word_halves; ++h) {
        word_step(right.s[h], left.s[h], left.c[h], sums);
        word_step(right.c[h], left.s[h], left.c[h], sums);
    }
}

/// s <- a + s over `bits` columns with the counts of the ripple passes; the carry into bit j is bit
/// j of c.
IMC_INLINE void word_ripple(const WordLanes& a, WordLanes& s, int bits, WordSums& sums)
{
    const std::uint32_t mask = bits >= 32 ? ~0u : (1u << bits) - 1;
    const WordLanes total = a + s;
    const WordLanes c = total ^ a ^ s;
    const WordLanes x = (a ^ c) & mask;
    sums.ripple_matches += ones_of(x);
    sums.ripple_extra += ones_of(x & ~(a ^ s));
    s = total;
}

IMC_INLINE void single_row(const WordJob& job, std::size_t row, const HalfLanes& bias,
                           WordNode& node, WordSums& sums)
{
    const HalfLanes product = word_product(job, row, bias);
    sums.ones += ones_of(product);
    for (int h = 0; h < word_halves; ++h) {
        node.s[h] = widened(product, h);
        node.c[h] = WordLanes{};
    }
}

inline int word_log2(std::size_t value)
{
    int bits = 0;
    while ((std::size_t{1} << bits) < value) {
        ++bits;
    }
    return bits;
}

/// Eight rows in registers: the first three levels.
IMC_INLINE void combine_eight(const WordJob& job, std::size_t row, const HalfLanes& bias,
                              WordNode& node, WordSums& sums)
{
    WordNode second;
    WordNode third;
    WordNode fourth;
    combine_rows(job, row, bias, node, sums);
    combine_rows(job, row + 2, bias, second, sums);
    word_merge(node, second, sums);
    combine_rows(job, row + 4, bias, third, sums);
    combine_rows(job, row + 6, bias, fourth, sums);
    word_merge(third, fourth, sums);
    word_merge(node, third, sums);
}

inline void word_tree(const WordJob& job, const HalfLanes& bias, WordNode* stack, WordSums& sums)
{
    int height[max_word_nodes];
    int top = 0;
    std::size_t row = 0;
    while (row < job.length) {
        if (job.length - row >= 8) {
            combine_eight(job, row, bias, stack[top], sums);
            height[top++] = 3;
            row += 8;
        } else if (job.length - row >= 2) {
            combine_rows(job, row, bias, stack[top], sums);
            height[top++] = 1;
            row += 2;
        } else {
            single_row(job, row, bias, stack[top], sums);
            height[top++] = 0;
            row += 1;
        }
        while (top > 1 && height[top - 2] == height[top - 1]) {
            --top;
            ++height[top - 1];
            word_merge(stack[top - 1], stack[top], sums);
        }
    }
    while (top > 1) {
        --top;
        word_merge(stack[top - 1], stack[top], sums);
    }
}

inline void word_serial(const WordJob& job, const HalfLanes& bias, WordNode* nodes, WordSums& sums)
{
    single_row(job, 0, bias, nodes[0], sums);
    for (std::size_t row = 1; row < job.length; ++row) {
        single_row(job, row, bias, nodes[1], sums);
        for (int h = 0; h < word_halves; ++h) {
            word_step(nodes[1].s[h], nodes[0].s[h], nodes[0].c[h], sums);
        }
    }
}

inline void word_merge_ripple(WordNode& left, const WordNode& right, int bits, WordSums& sums)
{
    for (int h = 0; h < word_halves; ++h) {
        word_ripple(right.s[h], left.s[h], bits, sums);
    }
}

inline void word_ripple_tree(const WordJob& job, const HalfLanes& bias, WordNode* stack,
                             WordSums& sums)
{
    int height[max_word_nodes];
    int top = 0;
    for (std::size_t row = 0; row < job.length; ++row) {
        single_row(job, row, bias, stack[top], sums);
        height[top++] = 0;
        while (top > 1 && height[top - 2] == height[top - 1]) {
            --top;
            word_merge_ripple(stack[top - 1], stack[top], job.product_bits + height[top - 1]++,
                              sums);
        }
    }
    while (top > 1) {
        --top;
        word_merge_ripple(stack[top - 1], stack[top], job.product_bits + height[top - 1], sums);
    }
}

/// The channels of one register of products.
inline void word_gemm_part(const WordJob& job, std::uint32_t* results, WordTally& tally)
{
    WordNode nodes[max_word_nodes];
    WordSums sums;
    const HalfLanes bias = word_bias(job);
    const bool carry_save = job.reduction == Reduction::carry_save_tree ||
                            job.reduction == Reduction::serial_carry_save;
    if (job.reduction == Reduction::serial_carry_save) {
        word_serial(job, bias, nodes, sums);
    } else if (carry_save) {
        word_tree(job, bias, nodes, sums);
    } else {
        word_ripple_tree(job, bias, nodes, sums);
    }
    if (carry_save && job.length > 1) {
        for (int h = 0; h < word_halves; ++h) {
            sums.ones -= ones_of(nodes[0].s[h]) + ones_of(nodes[0].c[h]);
            word_ripple(nodes[0].c[h], nodes[0].s[h], job.product_bits + word_log2(job.length),
                        sums);
        }
        tally.shift += sum_lanes(sums.ones);
    }
    __builtin_memcpy(results, nodes[0].s, sizeof nodes[0].s);
    const std::uint64_t matches = sum_lanes(sums.matches);
    const std::uint64_t ripple_matches = sum_lanes(sums.ripple_matches);
    tally.carry_save_matches += matches;
    tally.carry_save_written += matches + sum_lanes(sums.extra);
    tally.ripple_matches += ripple_matches;
    tally.ripple_written += ripple_matches + sum_lanes(sums.ripple_extra);
}

void word_gemm(const WordJob& job, std::uint32_t* results, WordTally& tally)
{
    for (std::size_t first = 0; first < job_channels; first += half_lanes) {
        WordJob part = job;
        part.weights += first;
        part.channels >>= first;
        word_gemm_part(part, results + first, tally);
    }
}

}  // namespace
}  // namespace imc::associative
