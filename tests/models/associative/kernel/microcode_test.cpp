// SPDX-License-Identifier: Apache-2.0
/// Every word operation, over all operands up to 5 bits and for 8 x 8, against integer arithmetic
/// and section 7 and 8 of the BF-IMNA fact sheet.
#include "associative/kernel/microcode.h"
#include "table_programs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "associative/kernel/cam_array.h"

namespace imc::associative {
namespace {

std::int64_t as_signed(std::int64_t word, int bits)
{
    const std::int64_t low = word & ((std::int64_t{1} << bits) - 1);
    return (low >> (bits - 1)) & 1 ? low - (std::int64_t{1} << bits) : low;
}

std::int64_t low_bits(std::int64_t word, int bits)
{
    return word & ((std::int64_t{1} << bits) - 1);
}

/// An array whose rows hold every pair of codes: a in columns [0, a_bits), b after it, 64 free
/// columns behind.
class Pairs {
public:
    Pairs(int a_bits, int b_bits)
        : a{0, a_bits},
          b{a_bits, b_bits},
          free{a_bits + b_bits, 64},
          m_rows(std::size_t{1} << (a_bits + b_bits)),
          m_array(m_rows, a_bits + b_bits + 64)
    {
        std::vector<std::int64_t> words(m_rows);
        for (std::size_t i = 0; i < m_rows; ++i) {
            words[i] = static_cast<std::int64_t>(i);
        }
        m_array.load({0, a_bits + b_bits}, words.data(), m_rows);
    }

    /// Runs and compares `field` with `expected(a, b)`, operands and result as unsigned codes.
    void expect(const Program& program, Field field, std::uint64_t cycles,
                const std::function<std::int64_t(std::int64_t, std::int64_t)>& expected)
    {
        const std::uint64_t before = m_array.counts().cycles();
        m_array.run(program);
        EXPECT_EQ(m_array.counts().cycles() - before, cycles);
        EXPECT_EQ(wrong_rows(field, expected), 0u);
    }

    std::size_t wrong_rows(Field field,
                           const std::function<std::int64_t(std::int64_t, std::int64_t)>& expected)
    {
        std::vector<std::int64_t> results(m_rows);
        m_array.read(field, false, results.data(), m_rows);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < m_rows; ++i) {
            const auto row = static_cast<std::int64_t>(i);
            wrong += results[i] !=
                     low_bits(expected(low_bits(row, a.width), row >> a.width), field.width);
        }
        return wrong;
    }

    CamArray& array() { return m_array; }

    Field a;
    Field b;
    Field free;

private:
    std::size_t m_rows;
    CamArray m_array;
};

using Word = std::int64_t;

class Widths : public testing::TestWithParam<int> {};

TEST_P(Widths, InPlaceAddAndSubtractTake8CyclesABit)
{
    const int m = GetParam();
    Program sum;
    Pairs adds(m, m);
    add(sum, adds.a, adds.b, adds.free.bit(0));
    adds.expect(sum, adds.b, 8 * m, [](Word a, Word b) { return a + b; });
    Program difference;
    Pairs subs(m, m);
    sub(difference, subs.a, subs.b, subs.free.bit(0));
    subs.expect(difference, subs.b, 8 * m, [](Word a, Word b) { return b - a; });
}

TEST_P(Widths, OutOfPlaceAddAndSubtractTake10CyclesABitAndKeepTheOperands)
{
    const int m = GetParam();
    Program sum;
    Pairs adds(m, m);
    const Field s{adds.free.bit(1), m};
    out_of_place(sum, add_out_of_place, adds.a, adds.b, s, adds.free.bit(0));
    adds.expect(sum, s, 10 * m, [](Word a, Word b) { return a + b; });
    EXPECT_EQ(adds.wrong_rows(adds.b, [](Word, Word b) { return b; }), 0u);
    Program difference;
    Pairs subs(m, m);
    out_of_place(difference, sub_out_of_place, subs.a, subs.b, s, subs.free.bit(0));
    subs.expect(difference, s, 10 * m, [](Word a, Word b) { return b - a; });
}

TEST_P(Widths, SignedByUnsignedMultiplyTakesEightCyclesABitPair)
{
    for (int mb = 1; mb <= (GetParam() == 8 ? 8 : 5); ++mb) {
        const int ma = GetParam();
        if (ma == 8 && mb != 8) {
            continue;
        }
        for (const auto form : {ProductForm::unsigned_product, ProductForm::signed_product,
                                ProductForm::biased_product}) {
            Pairs pairs(ma, mb);
            const Field p{pairs.free.first, ma + mb};
            if (form == ProductForm::biased_product) {
                Program preset;
                preset.preset({{p.top(), true}});
                pairs.array().run(preset);
            }
            Program program;
            multiply(program, pairs.a, pairs.b, p, form);
            const Word bias = form == ProductForm::biased_product ? Word{1} << (ma + mb - 1) : 0;
            pairs.expect(program, p, 8 * ma * mb, [&](Word a, Word b) {
                return (form == ProductForm::unsigned_product ? a : as_signed(a, ma)) * b + bias;
            });
            EXPECT_EQ(pairs.wrong_rows(pairs.b, [](Word, Word b) { return b; }), 0u);
        }
    }
}

TEST_P(Widths, SignedBySignedMultiplyExtendsTheSign)
{
    const int m = GetParam();
    Pairs pairs(m, m);
    const Field p{pairs.free.bit(1), 2 * m};
    Program program;
    multiply_signed(program, pairs.a, pairs.b, p, pairs.free.bit(0));
    int cycles = 0;
    for (int i = 0; i < m; ++i) {
        cycles += 8 * (2 * m - i) + 1;
    }
    pairs.expect(program, p, cycles,
                 [m](Word a, Word b) { return as_signed(a, m) * as_signed(b, m); });
}

TEST_P(Widths, ConstantsAreAddedIn4CyclesABitAndMultipliedByTheirOnes)
{
    const int m = GetParam();
    for (const int constant : {1, 5, 11, (1 << m) - 1}) {
        Pairs adds(1, m);
        Program sum;
        add_constant(sum, adds.b, constant, adds.free.bit(0));
        adds.expect(sum, adds.b, 4 * m, [&](Word, Word b) { return b + constant; });
        Pairs products(1, m);
        const Field p{products.free.first, m + 8};
        Program product;
        multiply_constant(product, products.b, constant, p);
        products.expect(product, p, 2 * m + 8 * m * (__builtin_popcount(constant) - 1),
                        [&](Word, Word b) { return b * constant; });
    }
}

TEST_P(Widths, ReluZeroesNegativeWords)
{
    const int m = GetParam();
    const auto expected = [m](Word, Word b) { return std::max<Word>(as_signed(b, m), 0); };
    Pairs serial(1, m);
    Program bits;
    relu(bits, serial.b, serial.free.bit(0));
    serial.expect(bits, serial.b, 2 * m, expected);
    Pairs single(1, m);
    Program shot;
    relu_single_shot(shot, single.b);
    single.expect(shot, single.b, 2, expected);
}

TEST_P(Widths, MaxTakes6CyclesABit)
{
    const int m = GetParam();
    for (const bool is_signed : {false, true}) {
        Pairs pairs(m, m);
        Program program;
        max(program, pairs.a, pairs.b, pairs.free.bit(0), pairs.free.bit(1), is_signed);
        pairs.expect(program, pairs.b, 6 * m - (is_signed ? 2 : 0), [&](Word a, Word b) {
            return is_signed ? std::max(as_signed(a, m), as_signed(b, m)) : std::max(a, b);
        });
    }
}

TEST_P(Widths, ClipSaturates)
{
    const int m = GetParam();
    for (int bits = 2; bits < m; ++bits) {
        Pairs plain(1, m);
        Program program;
        clip_unsigned(program, plain.b.low(bits), plain.b.drop_low(bits));
        plain.expect(program, plain.b.low(bits), 2 * (m - bits),
                     [&](Word, Word b) { return std::min<Word>(b, (1 << bits) - 1); });
        Pairs limited(1, m);
        const int limit = (1 << bits) - 2;
        Program minimum;
        min_constant(minimum, limited.b, limit, limited.free.bit(0), limited.free.bit(1));
        limited.expect(minimum, limited.b, 2 * m + 2 * (bits - 1),
                       [&](Word, Word b) { return std::min<Word>(b, limit); });
    }
}

TEST_P(Widths, CopyTakes2CyclesABit)
{
    const int m = GetParam();
    Pairs pairs(1, m);
    const Field d{pairs.free.first, m};
    Program program;
    copy(program, pairs.b, d);
    pairs.expect(program, d, 2 * m, [](Word, Word b) { return b; });
}

INSTANTIATE_TEST_SUITE_P(UpTo5And8Bits, Widths, testing::Values(1, 2, 3, 4, 5, 8),
                         [](const auto& info) { return std::to_string(info.param) + "_bits"; });

TEST(Microcode, AddsInReversedPassOrderGoWrong)
{
    PassTable reversed = add_in_place;
    std::reverse(reversed.passes, reversed.passes + reversed.count);
    Pairs pairs(4, 4);
    Program program;
    for (int j = 0; j < 4; ++j) {
        program.run(reversed, bind(pairs.a.bit(j), pairs.b.bit(j), pairs.free.bit(0)));
    }
    pairs.array().run(program);
    EXPECT_GT(pairs.wrong_rows(pairs.b, [](Word a, Word b) { return a + b; }), 0u);
}

/// The criterion of section 7: no pass leaves a state that is the key of a later one.
bool is_hazard_free(const PassTable& table)
{
    for (int p = 0; p < table.count; ++p) {
        const Pass& pass = table.passes[p];
        for (int later = p + 1; later < table.count; ++later) {
            const Pass& next = table.passes[later];
            const int known = pass.key | pass.write;
            const int state = (pass.key_value & ~pass.write) | pass.write_value;
            const int common = next.key & known;
            if ((state & common) == (next.key_value & common) && (next.key & ~known) == 0) {
                return false;
            }
        }
    }
    return true;
}

TEST(Microcode, AllTablesAreHazardFree)
{
    for (const PassTable* table : {&add_in_place, &sub_in_place, &add_out_of_place,
                                   &sub_out_of_place, &add_constant_0, &add_constant_1, &max_bit,
                                   &max_sign, &multiply_add, &multiply_sub, &multiply_sub_biased}) {
        EXPECT_TRUE(is_hazard_free(*table));
    }
}

TEST(Microcode, SixOf24OrdersOfTheInPlaceAdderAreHazardFree)
{
    int order[] = {0, 1, 2, 3};
    int valid = 0;
    do {
        PassTable table = add_in_place;
        for (int i = 0; i < 4; ++i) {
            table.passes[i] = add_in_place.passes[order[i]];
        }
        valid += is_hazard_free(table);
    } while (std::next_permutation(order, order + 4));
    EXPECT_EQ(valid, 6);
}

TEST(Microcode, UniformOperandsMatchAndWriteAsOftenAsTheFactSheetSays)
{
    // Section 10: unsigned products write 1.0 (2x2), 4.5 (4x4), 20.44 (8x8) cells; 8 x 8 passes
    // match with 0.058.
    for (const auto& [bits, cells] : {std::pair{2, 1.0}, std::pair{4, 4.5}, std::pair{8, 20.44}}) {
        Pairs pairs(bits, bits);
        Program program;
        multiply(program, pairs.a, pairs.b, {pairs.free.first, 2 * bits},
                 ProductForm::unsigned_product);
        pairs.array().run(program);
        const Counts& counts = pairs.array().counts();
        const auto rows = static_cast<double>(pairs.array().rows());
        EXPECT_NEAR(static_cast<double>(counts.written) / rows, cells, 0.005) << bits;
        EXPECT_EQ(counts.flips, counts.written);
        if (bits == 8) {
            EXPECT_NEAR(
                static_cast<double>(counts.matches) / static_cast<double>(counts.row_compares),
                0.058, 5e-4);
        }
    }
}

TEST(Microcode, AddWritesThreeQuartersOfACellABit)
{
    Program program;
    program.run(add_in_place, bind(0, 1, 2));
    double cells = 0.0;
    for (const bool carry : {false, true}) {
        Pairs fresh(1, 1);
        for (std::size_t row = 0; row < 4; ++row) {
            fresh.array().set_cell(row, 2, carry);
        }
        fresh.array().run(program);
        cells += static_cast<double>(fresh.array().counts().written) / 8.0;
        EXPECT_EQ(fresh.array().counts().matches, 2u);  // one row in eight a pass
    }
    EXPECT_DOUBLE_EQ(cells, 0.75);
}

}  // namespace
}  // namespace imc::associative
