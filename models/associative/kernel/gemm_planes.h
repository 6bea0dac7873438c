// SPDX-License-Identifier: Apache-2.0
/// Pass-exact dot products on bit planes: every pass of the tables is executed, one bit a row, 512
/// rows a register. Rows of one dot product are consecutive planes, so that 2D passes work between
/// registers; which row of the real array a lane stands for does not change any count.
#pragma once

#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/lane_vector.h"
#include "associative/kernel/plane_passes.h"

namespace imc::associative {
namespace {

constexpr int max_product_bits = 32;
constexpr int max_plane_bits = 50;  ///< sums of 48 bits and two guard columns
constexpr int max_tree_nodes = 17;

struct PlaneTally {
    Lanes multiply[2] = {};
    Lanes carry_save[2] = {};
    Lanes shift = {};
    Lanes ripple[2] = {};
};

/// One multiplier row: p[0..bits) +- b where `multiplier`; p[bits] carries.
template <const PassTable& table>
IMC_INLINE void multiplier_row(const Lanes* b, int bits, const Lanes& multiplier, Lanes* p,
                               PlaneTally& tally)
{
    Lanes counts[2] = {tally.multiply[0], tally.multiply[1]};
    Lanes carry = p[bits];
    for (int j = 0; j < bits; ++j) {
        Lanes cell[role_count] = {};
        cell[role_a] = b[j];
        cell[role_b] = p[j];
        cell[role_c] = carry;
        cell[role_m] = multiplier;
        run_adder<table>(cell, counts);
        p[j] = cell[role_b];
        carry = cell[role_c];
    }
    p[bits] = carry;
    tally.multiply[0] = counts[0];
    tally.multiply[1] = counts[1];
}

/// The biased product of one row, as `multiply` of the microcode does it.
inline void plane_product(const PlaneJob& job, std::size_t row, const Lanes& valid, Lanes* p,
                          PlaneTally& tally)
{
    const int mb = job.activation_bits;
    const int ma = job.weight_bits;
    Lanes b[16];
    for (int j = 0; j < mb; ++j) {
        b[j] =
            spread_bits(static_cast<std::uint8_t>(job.inputs[row * mb + j] >> job.first_position));
    }
    for (int j = 0; j < ma + mb - 1; ++j) {
        p[j] = Lanes{};
    }
    p[ma + mb - 1] = valid;
    const std::uint64_t* weights = job.weights + row * ma;
    for (int i = 0; i + 1 < ma; ++i) {
        multiplier_row<multiply_add>(b, mb, valid & weights[i], p + i, tally);
    }
    multiplier_row<multiply_sub_biased>(b, mb, valid & weights[ma - 1], p + ma - 1, tally);
}

/// A word or, in carry-save form, a sum and a carry word; planes at and above `bits` are not valid.
struct PlaneNode {
    Lanes s[max_plane_bits];
    Lanes c[max_plane_bits];
    int bits;
};

/// Carry-save step: b <- sum, c <- carries one column up, over `bits` columns; c gets bits + 1.
IMC_INLINE void carry_save_step(const Lanes* a, Lanes* b, Lanes* c, int bits, PlaneTally& tally)
{
    Lanes below = {};
    for (int j = 0; j < bits; ++j) {
        Lanes cell[role_count] = {};
        cell[role_a] = a[j];
        cell[role_b] = b[j];
        cell[role_c] = c[j];
        run_adder<add_in_place>(cell, tally.carry_save);
        b[j] = cell[role_b];
        tally.shift += popcount(cell[role_c]);
        c[j] = below;
        below = cell[role_c];
    }
    c[bits] = below;
}

/// b <- a + b over `bits` columns by ripple passes with a carry that starts at 0; returns the last
/// carry.
IMC_INLINE Lanes ripple_add(const Lanes* a, Lanes* b, int bits, PlaneTally& tally)
{
    Lanes carry = {};
    for (int j = 0; j < bits; ++j) {
        Lanes cell[role_count] = {};
        cell[role_a] = a[j];
        cell[role_b] = b[j];
        cell[role_c] = carry;
        run_adder<add_in_place>(cell, tally.ripple);
        b[j] = cell[role_b];
        carry = cell[role_c];
    }
    return carry;
}

inline void zero_planes(Lanes* planes, int from, int to)
{
    for (int j = from; j < to; ++j) {
        planes[j] = Lanes{};
    }
}

/// Widens a node with zero planes to `bits`.
inline void widen(PlaneNode& node, int bits)
{
    zero_planes(node.s, node.bits, bits);
    zero_planes(node.c, node.bits, bits);
    node.bits = bits;
}

/// left <- left + right at tree level `level` (1 adds single rows), inputs of `bits` + level - 1
/// columns.
inline void merge_carry_save(PlaneNode& left, PlaneNode& right, int level, int bits,
                             PlaneTally& tally)
{
    const int width = bits + level - 1;
    widen(left, width + 2);
    widen(right, width + 2);
    carry_save_step(right.s, left.s, left.c, width, tally);
    if (level > 1) {
        carry_save_step(right.c, left.s, left.c, width + 1, tally);
    }
    left.bits = width + 1;
}

inline void merge_ripple(PlaneNode& left, PlaneNode& right, int level, int bits, PlaneTally& tally)
{
    const int width = bits + level - 1;
    widen(left, width + 1);
    widen(right, width + 1);
    left.s[width] = ripple_add(right.s, left.s, width, tally);
}

inline int ceil_log2(std::size_t value)
{
    int bits = 0;
    while ((std::size_t{1} << bits) < value) {
        ++bits;
    }
    return bits;
}

inline void merge(PlaneNode& left, PlaneNode& right, int level, const PlaneJob& job,
                  PlaneTally& tally)
{
    const int bits = job.weight_bits + job.activation_bits;
    if (job.reduction == Reduction::carry_save_tree) {
        merge_carry_save(left, right, level, bits, tally);
    } else {
        merge_ripple(left, right, level, bits, tally);
    }
}

inline void product_node(const PlaneJob& job, std::size_t row, const Lanes& valid, PlaneNode& node,
                         PlaneTally& tally)
{
    node.bits = job.weight_bits + job.activation_bits;
    plane_product(job, row, valid, node.s, tally);
    zero_planes(node.c, 0, node.bits);
}

/// Pairs rows as a segmented tree does: a node of height h joins its right neighbour of the same
/// height at level h + 1; a last node without neighbour waits for the level at which it has one.
inline void reduce_tree(const PlaneJob& job, const Lanes& valid, PlaneNode* stack,
                        PlaneTally& tally)
{
    int height[max_tree_nodes];
    int top = 0;
    for (std::size_t row = 0; row < job.length; ++row) {
        product_node(job, row, valid, stack[top], tally);
        height[top++] = 0;
        while (top > 1 && height[top - 2] == height[top - 1]) {
            --top;
            merge(stack[top - 1], stack[top], ++height[top - 1], job, tally);
        }
    }
    while (top > 1) {
        --top;
        merge(stack[top - 1], stack[top], height[top - 1] + 1, job, tally);
    }
}

inline void reduce_serial(const PlaneJob& job, const Lanes& valid, PlaneNode* nodes,
                          PlaneTally& tally)
{
    product_node(job, 0, valid, nodes[0], tally);
    const int bits = nodes[0].bits;
    for (std::size_t row = 1; row < job.length; ++row) {
        product_node(job, row, valid, nodes[1], tally);
        const int width = bits + ceil_log2(row);
        widen(nodes[0], width + 1);
        widen(nodes[1], width + 1);
        carry_save_step(nodes[1].s, nodes[0].s, nodes[0].c, width, tally);
    }
}

inline void add_tally(const Lanes* from, int count, std::uint64_t* to)
{
    for (int i = 0; i < count; ++i) {
        to[i] += sum_lanes(from[i]);
    }
}

inline void add_tallies(const PlaneTally& from, GemmTally& to)
{
    add_tally(from.multiply, 2, to.multiply);
    add_tally(from.carry_save, 2, to.carry_save);
    add_tally(&from.shift, 1, &to.shift);
    add_tally(from.ripple, 2, to.ripple);
}

/// The positions of one register.
inline void plane_gemm_part(const PlaneJob& job, std::uint64_t* sums, GemmTally& tally)
{
    alignas(64) PlaneNode nodes[max_tree_nodes];
    PlaneTally counts;
    const Lanes valid =
        spread_bits(static_cast<std::uint8_t>(job.positions >> job.first_position)) & job.channels;
    const int out_bits = job.weight_bits + job.activation_bits + ceil_log2(job.length);
    if (job.reduction == Reduction::serial_carry_save) {
        reduce_serial(job, valid, nodes, counts);
    } else {
        reduce_tree(job, valid, nodes, counts);
    }
    const bool carry_save = job.reduction == Reduction::carry_save_tree ||
                            job.reduction == Reduction::serial_carry_save;
    if (nodes[0].bits < out_bits) {
        widen(nodes[0], out_bits);
    }
    if (carry_save && job.length > 1) {
        ripple_add(nodes[0].c, nodes[0].s, out_bits, counts);
    }
    for (int j = 0; j < out_bits; ++j) {
        store_lanes(sums + j * block_words, nodes[0].s[j]);
    }
    add_tallies(counts, tally);
}

void plane_gemm(const PlaneJob& job, std::uint64_t* sums, GemmTally& tally)
{
    PlaneJob part = job;
    for (std::size_t word = 0; word < block_words; word += lane_words) {
        part.first_position = static_cast<int>(word);
        plane_gemm_part(part, sums + word, tally);
    }
}

void plane_add(const std::uint64_t* addend, std::uint64_t* sums, int bits, GemmTally& tally)
{
    Lanes a[max_plane_bits];
    Lanes b[max_plane_bits];
    PlaneTally counts;
    for (std::size_t word = 0; word < block_words; word += lane_words) {
        for (int j = 0; j < bits; ++j) {
            a[j] = load_lanes(addend + j * block_words + word);
            b[j] = load_lanes(sums + j * block_words + word);
        }
        ripple_add(a, b, bits, counts);
        for (int j = 0; j < bits; ++j) {
            store_lanes(sums + j * block_words + word, b[j]);
        }
    }
    add_tallies(counts, tally);
}

}  // namespace
}  // namespace imc::associative
