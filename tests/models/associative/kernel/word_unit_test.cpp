// SPDX-License-Identifier: Apache-2.0
/// Word operations: results by integer arithmetic, counts of the fast path against the executed
/// passes.
#include "associative/kernel/word_unit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "common/random.h"

namespace imc::associative {
namespace {

using Words = std::vector<std::uint64_t>;

Words random_words(std::uint64_t seed, std::size_t rows, int bits)
{
    Words words(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        words[i] = random_bits(seed, i) >> (64 - bits);
    }
    return words;
}

/// y = clamp(((r - centre) multiplier + half) >> shift, 0, limit) as a layer's requantisation does
/// it.
Words requantize(WordUnit& unit, const Words& sums, int bits, std::uint64_t centre,
                 std::uint64_t multiplier, int shift, std::uint64_t limit)
{
    int multiplier_bits = 0;
    while (multiplier >> multiplier_bits != 0) {
        ++multiplier_bits;
    }
    int limit_bits = 0;
    while (limit >> limit_bits != 0) {
        ++limit_bits;
    }
    const WordUnit::Register r = unit.make(bits);
    const WordUnit::Register p = unit.make(bits + multiplier_bits);
    unit.load(r, sums.data());
    unit.multiply_constant(p, r, multiplier);
    unit.add_constant(p, (std::uint64_t{1} << (shift - 1)) - centre * multiplier);
    unit.drop_low(p, shift);
    unit.relu(p);
    unit.clip(p, limit_bits);
    if ((limit & (limit + 1)) != 0) {
        unit.min_constant(p, limit);
    }
    Words out(unit.rows());
    unit.read(p, out.data());
    return out;
}

TEST(WordUnit, DyadicRequantisationRoundsHalfUpAndBothPathsCountTheSame)
{
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const int bits = 10 + static_cast<int>(seed % 17);
        const std::uint64_t multiplier = 1 + (random_bits(seed, 1) >> 50);
        const int shift = 5 + static_cast<int>(seed % 12);
        const std::uint64_t limit = seed % 2 == 0 ? 255 : 1 + (random_bits(seed, 2) >> 57);
        const std::uint64_t centre = std::uint64_t{1} << (bits - 1);
        const Words sums = random_words(seed, 1 + seed * 31, bits);
        WordUnit fast(Path::fast, sums.size());
        WordUnit exact(Path::pass_exact, sums.size());
        const Words result = requantize(fast, sums, bits, centre, multiplier, shift, limit);
        EXPECT_EQ(result, requantize(exact, sums, bits, centre, multiplier, shift, limit));
        EXPECT_TRUE(fast.counts() == exact.counts()) << "seed " << seed;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const auto acc = static_cast<std::int64_t>(sums[i]) - static_cast<std::int64_t>(centre);
            const std::int64_t scaled =
                (acc * static_cast<std::int64_t>(multiplier) + (std::int64_t{1} << (shift - 1))) >>
                shift;
            ASSERT_EQ(result[i], static_cast<std::uint64_t>(std::clamp<std::int64_t>(
                                     scaled, 0, static_cast<std::int64_t>(limit))));
        }
    }
}

TEST(WordUnit, MaxOverAWindowTakes6CyclesABitAndOneToClearTheFlags)
{
    const int bits = 8;
    std::vector<Words> window;
    for (std::uint64_t i = 0; i < 9; ++i) {
        window.push_back(random_words(i, 100, bits));
    }
    Counts counts[2];
    for (const Path path : {Path::fast, Path::pass_exact}) {
        WordUnit unit(path, 100);
        const WordUnit::Register best = unit.make(bits);
        const WordUnit::Register next = unit.make(bits);
        unit.load(best, window[0].data());
        Words expected = window[0];
        for (std::size_t i = 1; i < window.size(); ++i) {
            unit.load(next, window[i].data());
            unit.max(best, next);
            for (std::size_t row = 0; row < 100; ++row) {
                expected[row] = std::max(expected[row], window[i][row]);
            }
        }
        Words result(100);
        unit.read(best, result.data());
        EXPECT_EQ(result, expected);
        counts[path == Path::fast ? 0 : 1] = unit.counts();
    }
    EXPECT_TRUE(counts[0] == counts[1]);
    // 9 loads and a read of 8 columns; 8 comparisons of 6 x 8 cycles, the flags cleared before all
    // but the first
    EXPECT_EQ(counts[0].cycles(), 10u * 8u + 8u * 48u + 7u);
}

TEST(WordUnit, SumsOfNarrowWordsCarryIntoTheTopColumn)
{
    Counts counts[2];
    for (const Path path : {Path::fast, Path::pass_exact}) {
        const std::size_t rows = 77;
        WordUnit unit(path, rows);
        const WordUnit::Register sum = unit.make(11);
        const WordUnit::Register word = unit.make(8);
        Words expected(rows);
        for (std::uint64_t i = 0; i < 4; ++i) {
            const Words words = random_words(i + 9, rows, 8);
            unit.load(word, words.data());
            unit.add(sum, word);
            for (std::size_t row = 0; row < rows; ++row) {
                expected[row] += words[row];
            }
        }
        Words result(rows);
        unit.read(sum, result.data());
        EXPECT_EQ(result, expected);
        counts[path == Path::fast ? 0 : 1] = unit.counts();
    }
    EXPECT_TRUE(counts[0] == counts[1]);
    EXPECT_EQ(counts[0].cycles(), 4u * (8u + 8u * 10u) + 11u);
}

TEST(WordUnit, ConstantsWrapAndClearTheCarryColumn)
{
    Counts counts[2];
    for (const Path path : {Path::fast, Path::pass_exact}) {
        const Words words = random_words(4, 50, 6);
        WordUnit unit(path, words.size());
        const WordUnit::Register word = unit.make(6);
        unit.load(word, words.data());
        unit.add_constant(word, 37);
        unit.add_constant(word, 50);
        Words result(words.size());
        unit.read(word, result.data());
        for (std::size_t i = 0; i < words.size(); ++i) {
            EXPECT_EQ(result[i], (words[i] + 87) % 64);
        }
        counts[path == Path::fast ? 0 : 1] = unit.counts();
    }
    EXPECT_TRUE(counts[0] == counts[1]);
    EXPECT_EQ(counts[0].cycles(), 6u + 24u + 1u + 24u + 6u);
}

/// 45-bit sums (16 x 16 bits, 4,608 rows) times 8 bits: 45 + 54 columns do not fit 96 together, but
/// half of the sum's can be given up for the product's.
TEST(WordUnit, AMultiplicationInHalvesGivesTheSameProducts)
{
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const int bits = 20 + static_cast<int>(seed % 26), half = 1 + static_cast<int>(seed % 19);
        const std::uint64_t constant = (random_bits(7, seed) & 0xffu) | 1u;
        int length = 0;
        while (constant >> length != 0) {
            ++length;
        }
        const Words words = random_words(seed, 70, bits);
        Counts counts[2];
        for (const Path path : {Path::fast, Path::pass_exact}) {
            WordUnit unit(path, words.size(),
                          2 + std::max(bits + half + length + 1, 2 * bits - half + length));
            const WordUnit::Register b = unit.make(bits);
            unit.load(b, words.data());
            const WordUnit::Register p = unit.make(bits + length, half + length + 1);
            unit.multiply_in_halves(p, b, constant, half);
            Words result(words.size());
            unit.read(p, result.data());
            for (std::size_t i = 0; i < words.size(); ++i) {
                ASSERT_EQ(result[i], words[i] * constant) << seed;
            }
            counts[path == Path::fast ? 0 : 1] = unit.counts();
        }
        EXPECT_TRUE(counts[0] == counts[1]) << seed;
    }
}

/// The same over widths, multipliers and cuts of any kind: also where the product of the low half
/// reaches beyond the rest of the word, as 16-bit words by 24 bits on 96 columns.
TEST(WordUnit, AMultiplicationInHalvesGivesTheSameProductsForEveryCut)
{
    std::size_t beyond = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto from = [&](std::uint64_t index, int least, int most) {
            return least + static_cast<int>(random_bits(seed, index) %
                                            static_cast<std::uint64_t>(most - least + 1));
        };
        const int bits = from(1, 2, 40), half = from(2, 1, bits - 1);
        const int length = from(3, 1, std::min(24, 61 - bits));
        const std::uint64_t top = std::uint64_t{1} << (length - 1);
        const std::uint64_t constant =
            seed % 7 == 0 ? 2 * top - 1 : top | (random_bits(8, seed) & (top - 1));
        Words words = random_words(seed, 70, bits);
        words[0] = (std::uint64_t{1} << bits) - 1;
        beyond += length > bits - half + 1;
        Counts counts[2];
        for (const Path path : {Path::fast, Path::pass_exact}) {
            WordUnit unit(path, words.size());
            const WordUnit::Register b = unit.make(bits);
            unit.load(b, words.data());
            const WordUnit::Register p = unit.make(bits + length + 1, half + length + 1);
            unit.multiply_in_halves(p, b, constant, half);
            Words result(words.size());
            unit.read(p, result.data());
            for (std::size_t i = 0; i < words.size(); ++i) {
                ASSERT_EQ(result[i], words[i] * constant)
                    << bits << " x " << length << ", " << half;
            }
            counts[path == Path::fast ? 0 : 1] = unit.counts();
        }
        EXPECT_TRUE(counts[0] == counts[1]) << seed;
    }
    EXPECT_GT(beyond, 50u);
}

/// 32-bit words by a 40-bit reciprocal would be products of 72 columns; sliding, 33 are in use.
TEST(WordUnit, ASlidingProductIsTheHighPartOfTheWholeOne)
{
    __extension__ using Wide = unsigned __int128;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const int bits = 1 + static_cast<int>(random_bits(seed, 0) % 40);
        const int dropped = 1 + static_cast<int>(random_bits(seed, 1) % 45);
        const std::uint64_t constant = random_bits(seed, 2) >> (64 - dropped);
        Words words = random_words(seed, 70, bits);
        words[0] = (std::uint64_t{1} << bits) - 1;
        Counts counts[2];
        for (const Path path : {Path::fast, Path::pass_exact}) {
            WordUnit unit(path, words.size(), 2 + 2 * bits + 1 + (seed % 2 == 0 ? 20 : 0));
            const WordUnit::Register b = unit.make(bits);
            unit.load(b, words.data());
            const WordUnit::Register p = unit.multiply_high(b, constant, dropped);
            EXPECT_EQ(unit.width(p), bits);
            Words result(words.size());
            unit.read(p, result.data());
            for (std::size_t i = 0; i < words.size(); ++i) {
                ASSERT_EQ(result[i],
                          static_cast<std::uint64_t>(Wide{words[i]} * constant >> dropped))
                    << seed;
            }
            counts[path == Path::fast ? 0 : 1] = unit.counts();
        }
        EXPECT_TRUE(counts[0] == counts[1]) << seed;
    }
}

/// A zero and a carry column, 40 + 40: the second register must wait for the first, whose columns
/// are cleared by one write to all rows.
TEST(WordUnit, ColumnsGivenUpAreClearedBeforeTheyAreUsedAgain)
{
    Counts counts[2];
    const Words words = random_words(9, 33, 40);
    std::uint64_t ones = 0;
    for (const std::uint64_t word : words) {
        ones += static_cast<std::uint64_t>(__builtin_popcountll(word));
    }
    for (const Path path : {Path::fast, Path::pass_exact}) {
        WordUnit unit(path, words.size(), 81);
        const WordUnit::Register first = unit.make(40);
        unit.load(first, words.data());
        EXPECT_EQ(unit.columns_lacking(40), 1);
        EXPECT_THROW(unit.make(40), InputError);
        unit.release(first);
        unit.make(40);
        counts[path == Path::fast ? 0 : 1] = unit.counts();
    }
    EXPECT_TRUE(counts[0] == counts[1]);
    EXPECT_EQ(counts[0].write_cycles, 1u);
    EXPECT_EQ(counts[0].written, 33u * 40);
    EXPECT_EQ(counts[0].flips, ones);
}

TEST(WordUnit, RefusesRegistersThatDoNotFit)
{
    WordUnit unit(Path::fast, 3);
    EXPECT_THROW(unit.make(63), InputError);
    EXPECT_THROW(unit.make(0), InputError);
    EXPECT_THROW(WordUnit(Path::fast, 0), InputError);
}

}  // namespace
}  // namespace imc::associative
