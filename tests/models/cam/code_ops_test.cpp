// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/code_ops.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

using imc::cam::AveragePool;
using imc::cam::NearestTable;
using imc::cam::OutputStage;
using imc::cam::ResidualAdd;

std::vector<std::int32_t> random_codes(std::uint64_t key, std::size_t count, unsigned codes)
{
    std::vector<std::int32_t> out(count);
    for (std::size_t n = 0; n < count; ++n)
        out[n] = static_cast<std::int32_t>(imc::random_bits(key, n) % codes);
    return out;
}

TEST(CodeOps, MaxPoolingOnCodesEqualsMaxPoolingOnValues)
{
    std::vector<std::int32_t> codebook;
    for (int n = 0; n < 16; ++n)
        codebook.push_back(n * n * 3 - 20);
    const std::size_t count = 300, window = 9;
    const auto codes = random_codes(5, count * window, 16);
    std::vector<std::int32_t> pooled(count);
    imc::cam::max_pool(codes.data(), window, count, pooled.data());
    const NearestTable encoder(codebook);
    for (std::size_t n = 0; n < count; ++n) {
        std::int32_t largest = INT32_MIN;
        for (std::size_t w = 0; w < window; ++w)
            largest = std::max(largest, codebook[codes[w * count + n]]);
        EXPECT_EQ(pooled[n], encoder.find(largest));
    }
}

TEST(CodeOps, AveragePoolingIsTheCodeNearestToTheAverage)
{
    std::vector<std::int32_t> codebook;
    for (int n = 0; n < 16; ++n)
        codebook.push_back(1000 * n + 37 * n * n);
    for (const unsigned window : {1u, 4u, 9u, 16u, 49u, 64u}) {
        const std::size_t count = 100;
        const auto codes = random_codes(window, count * window, 16);
        OutputStage output;
        output.encoder = NearestTable(codebook);
        AveragePool pool(codebook, output, window);
        std::vector<std::int64_t> sums(count, 0);
        for (std::size_t n = 0; n < count * window; ++n)
            sums[n % count] += pool.decode(codes[n]);
        std::vector<std::int32_t> out(count);
        pool.finish(sums.data(), window, count, out.data());
        for (std::size_t n = 0; n < count; ++n) {
            double mean = 0;
            for (unsigned w = 0; w < window; ++w)
                mean += codebook[codes[w * count + n]];
            mean /= window;
            double best = 1e30;
            for (const auto value : codebook)
                best = std::min(best, std::abs(value - mean));
            EXPECT_LE(std::abs(codebook[out[n]] - mean), best + 2.0)
                << "window " << window;  // shift and key rounding
        }
    }
}

TEST(CodeOps, ResidualAddDecodesAddsAndEncodes)
{
    const std::vector<std::int32_t> a{-50, 0, 30}, b{-100, 20}, keys{0, 25, 60};
    OutputStage output;
    output.relu = true;
    output.encoder = NearestTable(keys);
    const ResidualAdd add(a, b, output);
    const std::vector<std::int32_t> codes_a{0, 1, 2, 0, 1, 2}, codes_b{0, 0, 0, 1, 1, 1};
    std::vector<std::int32_t> out(6);
    add.run(codes_a.data(), codes_b.data(), 6, out.data());
    EXPECT_EQ(out, (std::vector<std::int32_t>{0, 0, 0, 0, 1, 2}));  // sums -150 -100 -70 -30 20 50
}

TEST(CodeOps, ActivationTableAndSignTest)
{
    OutputStage relu;
    relu.relu = true;
    std::vector<std::int32_t> values{-5, 0, 7};
    relu.run(values.data(), 3);
    EXPECT_EQ(values, (std::vector<std::int32_t>{0, 0, 7}));

    OutputStage table;
    table.activation = NearestTable({-10, 0, 10});
    table.activation_value = {100, 500, 900};
    values = {-100, -5, 4, 6, 1000};  // -5 is a tie: lower index
    table.run(values.data(), 5);
    EXPECT_EQ(values, (std::vector<std::int32_t>{100, 100, 500, 900, 900}));
}

TEST(CodeOps, RefusesEmptyTables)
{
    EXPECT_THROW(AveragePool({}, {}, 4), imc::InputError);
    EXPECT_THROW(AveragePool({1}, {}, 0), imc::InputError);
    EXPECT_THROW(ResidualAdd({1}, {}, {}), imc::InputError);
}

}  // namespace
