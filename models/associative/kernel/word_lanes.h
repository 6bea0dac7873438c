// SPDX-License-Identifier: Apache-2.0
/// Word operations, a word a 64-bit part, with the counts of their passes, in closed form. An
/// adder pass matches where A != C and writes the carry cell too where also A == B (see
/// gemm_words.h); a constant is an A that all rows share.
#pragma once

#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/lane_vector.h"

namespace imc::associative {
namespace {

struct RowSums {
    Lanes matches = {};
    Lanes written = {};
    Lanes flips = {};
};

IMC_INLINE void add_sums(const RowSums& sums, RowTally& tally)
{
    tally.matches += sum_lanes(sums.matches);
    tally.written += sum_lanes(sums.written);
    tally.flips += sum_lanes(sums.flips);
}

/// All ones in the parts that are rows of a vector of `rows`.
IMC_INLINE Lanes valid_rows(std::size_t row, std::size_t rows)
{
    return spread_bits(
        rows - row >= lane_words ? 0xff : static_cast<std::uint8_t>((1u << (rows - row)) - 1));
}

IMC_INLINE std::uint64_t width_mask(int width)
{
    return (std::uint64_t{1} << width) - 1;
}

/// b[.. shift + width) <- b + (a << shift), carry column shift + width; a null adds `constant` in
/// every row. Returns the rows whose last carry is 1.
std::uint64_t word_add(const std::uint64_t* a, std::uint64_t constant, std::uint64_t* b,
                       std::size_t rows, int width, int shift, RowTally& tally)
{
    RowSums sums;
    Lanes carries = {};
    const std::uint64_t mask = width_mask(width);
    for (std::size_t row = 0; row < rows; row += lane_words) {
        const Lanes addend = a != nullptr ? load_lanes(a + row) : Lanes{} + constant;
        const Lanes all = load_lanes(b + row);
        const Lanes word = (all >> shift) & mask;
        const Lanes total = addend + word;
        const Lanes carry = total ^ addend ^ word;
        const Lanes valid = valid_rows(row, rows);
        const Lanes x = (addend ^ carry) & mask & valid;
        const Lanes matches = popcount(x);
        const Lanes written = matches + popcount(x & ~(addend ^ word));
        sums.matches += matches;
        sums.written += written;
        sums.flips += written;
        carries += (total >> width) & valid & 1;
        const Lanes result = a != nullptr ? total : total & mask;
        store_lanes(b + row, (all & (width_mask(shift))) | (result << shift));
    }
    add_sums(sums, tally);
    return sum_lanes(carries);
}

/// d <- a << shift, d being 0.
void word_copy(const std::uint64_t* a, std::uint64_t* d, std::size_t rows, int shift,
               RowTally& tally)
{
    RowSums sums;
    for (std::size_t row = 0; row < rows; row += lane_words) {
        const Lanes word = load_lanes(a + row);
        const Lanes ones = popcount(word & valid_rows(row, rows));
        sums.matches += ones;
        sums.written += ones;
        sums.flips += ones;
        store_lanes(d + row, word << shift);
    }
    add_sums(sums, tally);
}

/// b <- 0 where bit width - 1 is set (single shot).
void word_relu(std::uint64_t* b, std::size_t rows, int width, RowTally& tally)
{
    RowSums sums;
    for (std::size_t row = 0; row < rows; row += lane_words) {
        const Lanes word = load_lanes(b + row);
        const Lanes sign = (word >> (width - 1)) & valid_rows(row, rows) & 1;
        sums.matches += sign;
        sums.written += sign * static_cast<std::uint64_t>(width);
        sums.flips += popcount(word & -sign);
        store_lanes(b + row, word & ~-sign);
    }
    add_sums(sums, tally);
}

/// Low `keep` bits of b become 1 where any of the bits from `keep` to `width` is.
void word_clip(std::uint64_t* b, std::size_t rows, int keep, int width, RowTally& tally)
{
    RowSums sums;
    const std::uint64_t kept = width_mask(keep);
    for (std::size_t row = 0; row < rows; row += lane_words) {
        const Lanes word = load_lanes(b + row) & width_mask(width);
        const Lanes high = (word >> keep) & valid_rows(row, rows);
        const Lanes over = (Lanes)(high != 0);
        const Lanes matches = popcount(high);
        sums.matches += matches;
        sums.written += matches * static_cast<std::uint64_t>(keep);
        sums.flips += popcount(~word & kept & over);
        store_lanes(b + row, (word | over) & kept);
    }
    add_sums(sums, tally);
}

/// b <- the larger (or smaller) of a and b bit by bit from the top; a null compares with
/// `constant`. The first differing bit decides: if a wins, every differing bit is written, and
/// where b gives way to a 1 (to a 0) the flag G as well; else one flag is. Returns the rows in
/// which a flag is set.
std::uint64_t word_select(const std::uint64_t* a, std::uint64_t constant, std::uint64_t* b,
                          std::size_t rows, bool larger, RowTally& tally)
{
    RowSums sums;
    Lanes flags = {};
    for (std::size_t row = 0; row < rows; row += lane_words) {
        const Lanes valid = valid_rows(row, rows);
        const Lanes other = a != nullptr ? load_lanes(a + row) : Lanes{} + constant;
        const Lanes word = load_lanes(b + row);
        const Lanes a_wins = (Lanes)(larger ? other > word : other < word) & valid;
        const Lanes b_wins = (Lanes)(larger ? other < word : other > word) & valid & 1;
        const Lanes changed = (other ^ word) & a_wins;
        const Lanes decided = changed & (larger ? other : ~other);
        const Lanes matches = popcount(changed);
        sums.matches += matches + b_wins;
        sums.written += matches + popcount(decided) + b_wins;
        sums.flips += matches + (a_wins & 1) + b_wins;
        flags += (a_wins & 1) + b_wins;
        store_lanes(b + row, word ^ changed);
    }
    add_sums(sums, tally);
    return sum_lanes(flags);
}

}  // namespace
}  // namespace imc::associative
