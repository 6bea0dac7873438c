// SPDX-License-Identifier: Apache-2.0
/// The hardware's kernels against the independent reference: two readings of docs/numbers.md by
/// different hands.
#include "crossbar/kernel/programmed_array.h"
#include "digital/kernel/elementwise.h"
#include "reference/arithmetic.h"
#include "reference/reference.h"

#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using imc::compiler::QLayer;
using imc::compiler::QNet;
using imc::compiler::QTensor;

/// Numbers drawn in order from one seed.
class Draws {
public:
    explicit Draws(std::uint64_t seed) : m_key(imc::random_key(seed)) {}
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        const auto range = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<std::int64_t>(imc::random_bits(m_key, m_index++) % range);
    }
    /// Of random length in bits, so that small and large ones occur.
    std::int64_t magnitude(int most_bits)
    {
        return between(0, (std::int64_t{1} << between(1, most_bits)) - 1);
    }
    std::int64_t either_sign(int most_bits)
    {
        return between(0, 1) == 0 ? magnitude(most_bits) : -magnitude(most_bits);
    }

private:
    std::uint64_t m_key, m_index = 0;
};

imc_requant constants(imc_requant_kind kind, Draws& draws)
{
    switch (kind) {
        case IMC_REQUANT_DYADIC:
            return {0, draws.either_sign(31), 0, static_cast<int>(draws.between(0, 40)), 0};
        case IMC_REQUANT_TFLITE:
            return {0, draws.magnitude(31), 0, static_cast<int>(draws.between(-31, 8)), 0};
        case IMC_REQUANT_NONE:
            return {};
        default:
            return {0, draws.magnitude(48), draws.between(1 << 20, 1 << 24),
                    static_cast<int>(draws.between(-60, 4)), 0};
    }
}

constexpr imc_requant_kind kinds[] = {IMC_REQUANT_NONE, IMC_REQUANT_DYADIC, IMC_REQUANT_ONNX,
                                      IMC_REQUANT_TFLITE};
const imc::digital::OutputRange wide{-1'000'000, 1'000'000, 3};

std::int32_t clamped(std::int64_t value)
{
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(value + wide.zero_point, wide.lowest, wide.highest));
}

TEST(Agreement, RequantisationOfRandomSums)
{
    Draws draws(1);
    for (int trial = 0; trial < 40'000; ++trial) {
        const auto kind = kinds[trial % 4];
        const imc_requant c = constants(kind, draws);
        const std::int64_t acc = draws.either_sign(46);
        const std::int32_t expected = clamped(imc::reference::rescale({kind, c}, acc));
        ASSERT_EQ(imc::digital::requantize_exact(kind, c, wide, acc), expected)
            << "kind " << kind << " acc " << acc << " m " << c.multiplier << " shift " << c.shift
            << " / " << c.divisor;
        std::int32_t out = 0;
        imc::digital::Requantizer(kind, {c}, wide).run(&acc, 1, 1, &out);
        ASSERT_EQ(out, expected) << "kind " << kind << " acc " << acc;
    }
}

TEST(Agreement, RequantisationOfTies)
{
    for (std::int64_t acc = -64; acc <= 64; ++acc)
        for (const int shift : {0, 1, 2, 3}) {
            const imc_requant dyadic{0, 1, 0, shift, 0}, onnx{0, 1, 1, -shift, 0};
            const imc_requant tflite{0, std::int64_t{1} << 30, 0, -shift, 0};
            for (const auto& [kind, c] :
                 {std::pair{IMC_REQUANT_DYADIC, dyadic}, std::pair{IMC_REQUANT_ONNX, onnx},
                  std::pair{IMC_REQUANT_TFLITE, tflite}})
                ASSERT_EQ(imc::digital::requantize_exact(kind, c, wide, acc),
                          clamped(imc::reference::rescale({kind, c}, acc)))
                    << "kind " << kind << " acc " << acc << " shift " << shift;
        }
}

QTensor tensor(unsigned channels, unsigned height, unsigned width, std::int32_t zero_point)
{
    QTensor t;
    t.channels = channels;
    t.height = height;
    t.width = width;
    t.zero_point = zero_point;
    t.min = wide.lowest;
    t.max = wide.highest;
    return t;
}

TEST(Agreement, AdditionsWithZeroPoints)
{
    Draws draws(2);
    for (int trial = 0; trial < 2'000; ++trial) {
        const auto kind = trial % 2 == 0 ? IMC_REQUANT_DYADIC : IMC_REQUANT_ONNX;
        const int z[2] = {static_cast<int>(draws.between(-9, 9)),
                          static_cast<int>(draws.between(-9, 9))};
        std::vector<imc_requant> entries;
        for (int stream = 0; stream < 2; ++stream)
            entries.push_back(
                {0, draws.either_sign(24), 0,
                 kind == IMC_REQUANT_ONNX ? static_cast<int>(draws.between(-30, -24)) : 0, 0});
        entries.push_back(kind == IMC_REQUANT_ONNX
                              ? imc_requant{0, 1 << 20, draws.between(1 << 20, 1 << 24),
                                            static_cast<int>(draws.between(-4, 4)), 0}
                              : imc_requant{draws.either_sign(20), 0, 0,
                                            static_cast<int>(draws.between(0, 30)), 0});
        std::vector<std::int32_t> codes;
        for (int i = 0; i < 16; ++i)
            codes.push_back(static_cast<std::int32_t>(draws.between(-128, 255)));
        QNet net;
        net.tensors = {tensor(2, 1, 8, z[0]), tensor(2, 1, 8, z[1]),
                       tensor(2, 1, 8, wide.zero_point)};
        QLayer copy, add;
        copy.op = IMC_STAGE_COPY;  // codes as they are, read with another zero point
        copy.inputs = {0};
        copy.output = 1;
        add.op = IMC_STAGE_ADD;
        add.inputs = {0, 1};
        add.output = 2;
        add.requant = kind;
        add.scale = entries;
        net.layers = {copy, add};
        net.input = 0;
        for (int stream = 0; stream < 2; ++stream)
            entries[static_cast<std::size_t>(stream)].bias = -z[stream];
        const std::int32_t* streams[] = {codes.data(), codes.data()};
        std::vector<std::int32_t> out(16);
        imc::digital::Adder(kind, entries, wide).run(streams, 16, out.data());
        ASSERT_EQ(out, imc::reference::evaluate(net, codes.data(), 1)[2]) << "trial " << trial;
    }
}

TEST(Agreement, AveragesWithAndWithoutPadding)
{
    Draws draws(3);
    for (int trial = 0; trial < 2'000; ++trial) {
        const auto kind = kinds[trial % 4];
        QLayer pool;
        pool.op = IMC_STAGE_AVGPOOL;
        pool.geometry.kernel_w = static_cast<unsigned>(draws.between(1, 5));
        pool.geometry.pad_left =
            static_cast<unsigned>(draws.between(0, pool.geometry.kernel_w - 1));
        pool.geometry.count_include_pad = draws.between(0, 1) == 1;
        pool.requant = kind;
        pool.scale = {constants(kind, draws)};
        const int z = static_cast<int>(draws.between(-9, 9));
        QNet net;
        net.tensors = {tensor(2, 1, 7, z), tensor(2, 1, 7, wide.zero_point)};
        pool.inputs = {0};
        pool.output = 1;
        net.layers = {pool};
        net.input = 0;
        std::vector<std::int32_t> codes, out(14);
        for (int i = 0; i < 14; ++i)
            codes.push_back(static_cast<std::int32_t>(draws.between(-128, 127)));
        imc::digital::PoolShape shape;
        shape.channels = 2;
        shape.in_width = shape.out_width = 7;
        shape.kernel_w = static_cast<int>(pool.geometry.kernel_w);
        shape.pad_left = static_cast<int>(pool.geometry.pad_left);
        imc_requant entry = pool.scale[0];
        entry.bias = -z;
        const std::int32_t* rows[] = {codes.data()};
        imc::digital::average_pool_row(shape, rows, pool.geometry.count_include_pad, z,
                                       imc::digital::Requantizer(kind, {entry}, wide), out.data());
        ASSERT_EQ(out, imc::reference::evaluate(net, codes.data(), 1)[1])
            << "trial " << trial << " kind " << kind;
    }
}

/// A random one-row convolution on crossbars of random make.
struct CrossbarCase {
    QLayer layer;
    QTensor in, out;
    imc::crossbar::RowShape shape;
    imc::crossbar::Config config;
    std::vector<std::int32_t> codes;

    explicit CrossbarCase(Draws& draws)
    {
        auto& g = layer.geometry;
        g.groups = static_cast<unsigned>(draws.between(1, 3));
        g.kernel_w = static_cast<unsigned>(draws.between(1, 3));
        g.stride_w = static_cast<unsigned>(draws.between(1, 2));
        g.dilation_w = static_cast<unsigned>(draws.between(1, 2));
        g.pad_left = static_cast<unsigned>(draws.between(0, 2));
        layer.weight_bits = static_cast<unsigned>(draws.between(2, 8));
        in = tensor(g.groups * static_cast<unsigned>(draws.between(1, 20)), 1, 9, 0);
        in.bits = static_cast<unsigned>(draws.between(1, 8));
        in.is_signed = in.bits > 1 && draws.between(0, 1) == 1;
        const imc::crossbar::ActivationFormat format{static_cast<int>(in.bits), in.is_signed};
        in.zero_point = static_cast<std::int32_t>(draws.between(format.lowest(), format.highest()));
        out = tensor(g.groups * static_cast<unsigned>(draws.between(1, 12)), 1, 5, wide.zero_point);
        shape.in_channels = static_cast<int>(in.channels);
        shape.in_width = 9;
        shape.out_channels = static_cast<int>(out.channels);
        shape.out_width = 5;
        shape.kernel_w = static_cast<int>(g.kernel_w);
        shape.stride = static_cast<int>(g.stride_w);
        shape.dilation = static_cast<int>(g.dilation_w);
        shape.pad_left = static_cast<int>(g.pad_left);
        shape.groups = static_cast<int>(g.groups);
        const int most = (1 << (layer.weight_bits - 1)) - 1;
        for (int i = 0; i < shape.out_channels * shape.k(); ++i)
            layer.weights.push_back(static_cast<std::int16_t>(draws.between(-most, most)));
        for (std::size_t i = 0; i < in.size(); ++i)
            codes.push_back(
                static_cast<std::int32_t>(draws.between(format.lowest(), format.highest())));
        layer.requant = IMC_REQUANT_ONNX;
        for (unsigned o = 0; o < out.channels; ++o) {
            layer.scale.push_back(constants(IMC_REQUANT_ONNX, draws));
            layer.scale.back().bias = draws.either_sign(12);
        }
        config.cell_bits = static_cast<unsigned>(draws.between(1, 4));
        config.dac_bits = static_cast<unsigned>(draws.between(1, 4));
        config.ou_rows = static_cast<unsigned>(draws.between(2, 16));
        config.ou_columns = static_cast<unsigned>(draws.between(1, 16));
        config.sign = static_cast<imc::crossbar::SignMode>(draws.between(0, 2));
        config.adc_lossless = true;
    }

    /// Accumulators of the arrays with the compiler's zero-point correction, requantised.
    std::vector<std::int32_t> on_arrays(imc::crossbar::Path path) const
    {
        imc::crossbar::Config used = config;
        used.path = path;
        imc::crossbar::LayerWeights weights;
        weights.codes = layer.weights.data();
        weights.planes = static_cast<int>(layer.weight_bits);
        imc::crossbar::ProgrammedArray array(used, shape, {static_cast<int>(in.bits), in.is_signed},
                                             weights);
        std::vector<std::int64_t> acc(out.size());
        const std::int32_t* rows[] = {codes.data()};
        array.run_row(rows, in.zero_point, acc.data());
        auto entries = layer.scale;
        for (int o = 0; o < shape.out_channels; ++o)
            for (int k = 0; k < shape.k(); ++k)
                entries[static_cast<std::size_t>(o)].bias -=
                    std::int64_t{in.zero_point} *
                    layer.weights[static_cast<std::size_t>(o * shape.k() + k)];
        std::vector<std::int32_t> result(out.size());
        imc::digital::Requantizer(layer.requant, entries, wide)
            .run(acc.data(), shape.out_channels, shape.out_width, result.data());
        return result;
    }

    std::vector<std::int32_t> on_reference() const
    {
        QNet net;
        net.tensors = {in, out};
        net.layers = {layer};
        net.layers[0].inputs = {0};
        net.layers[0].output = 1;
        net.input = 0;
        return imc::reference::evaluate(net, codes.data(), 1)[1];
    }
};

TEST(Agreement, CrossbarsOnBothPaths)
{
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Draws draws(seed);
        const CrossbarCase one(draws);
        const auto expected = one.on_reference();
        ASSERT_EQ(one.on_arrays(imc::crossbar::Path::integer), expected)
            << "integer path, seed " << seed;
        ASSERT_EQ(one.on_arrays(imc::crossbar::Path::bit_serial), expected)
            << "bit-serial path, seed " << seed;
    }
}

}  // namespace
