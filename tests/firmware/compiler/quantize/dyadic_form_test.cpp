// SPDX-License-Identifier: Apache-2.0
/// Constants of other requantisation rules as dyadic ones of limited width: how near the values
/// stay.
#include "compiler/quantize/dyadic_form.h"

#include "common/error.h"
#include "common/random.h"
#include "compiler/quantize/fixed_point.h"
#include "digital/kernel/requantize.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace imc::compiler {
namespace {

QNet conv_net(imc_requant_kind kind, std::vector<imc_requant> scale)
{
    QNet net;
    QTensor in;
    in.channels = 16;
    QTensor out;
    out.channels = static_cast<unsigned>(scale.size());
    net.tensors = {in, out};
    QLayer layer;
    layer.name = "conv";
    layer.inputs = {0};
    layer.output = 1;
    layer.weights.assign(16 * scale.size(), 100);
    layer.requant = kind;
    layer.scale = std::move(scale);
    net.layers = {layer};
    return net;
}

int most_apart(const QNet& a, const QNet& b)
{
    const digital::OutputRange range{0, 255, 0};
    int most = 0;
    for (std::size_t c = 0; c < a.layers[0].scale.size(); ++c)
        for (std::uint64_t i = 0; i < 2000; ++i) {
            const auto& x = a.layers[0].scale[c];
            const auto& y = b.layers[0].scale[c];
            const auto acc = static_cast<std::int64_t>(random_bits(c, i) % 800000) - 400000;
            most = std::max(
                most,
                std::abs(digital::requantize_exact(a.layers[0].requant, x, range, acc + x.bias) -
                         digital::requantize_exact(b.layers[0].requant, y, range, acc + y.bias)));
        }
    return most;
}

TEST(DyadicForm, OnnxConstantsOf24BitsAreOneCodeAwayAtMost)
{
    const QNet onnx = conv_net(IMC_REQUANT_ONNX, {exact_ratio({0.0123f, 0.00371f}, 0.0517f, 77),
                                                  exact_ratio({0.0123f, 0.0009f}, 0.0517f, -3000)});
    QNet net = onnx;
    to_dyadic_form(net, net.layers[0], {24, 60});
    EXPECT_EQ(net.layers[0].requant, IMC_REQUANT_DYADIC);
    EXPECT_LE(most_apart(onnx, net), 1);
}

TEST(DyadicForm, NarrowMultipliersKeepTheirSignificantBits)
{
    const QNet wide = conv_net(IMC_REQUANT_DYADIC, {dyadic(0.000371, 12), dyadic(0.0009, 0)});
    QNet net = wide;
    to_dyadic_form(net, net.layers[0], {8, 60});
    for (const auto& e : net.layers[0].scale) {
        EXPECT_LE(e.multiplier, 256);
        EXPECT_GE(e.multiplier, 128);
    }
    EXPECT_LE(most_apart(wide, net), 1) << "half a code in 256 of the scale, and rounding";
}

TEST(DyadicForm, CodesSetTheWeightBits)
{
    QNet net = conv_net(IMC_REQUANT_DYADIC, {dyadic(0.001, 0)});
    net.layers[0].weight_bits = 1;
    net.layers[0].weights.assign(16, 1);  // a ternary code does not fit one bit of two's complement
    to_dyadic_form(net, net.layers[0], {8, 60});
    EXPECT_EQ(net.layers[0].weight_bits, 2u);
}

TEST(DyadicForm, RefusesSumsThatLeaveNoRoom)
{
    QNet net = conv_net(IMC_REQUANT_DYADIC, {dyadic(0.001, std::int64_t{1} << 60)});
    EXPECT_THROW(to_dyadic_form(net, net.layers[0], {8, 60}), InputError);
}

}  // namespace
}  // namespace imc::compiler
