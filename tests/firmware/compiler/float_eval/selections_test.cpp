// SPDX-License-Identifier: Apache-2.0
/// Slices and pads compute the same once they are convolutions.
#include "common/random.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/data_folder.h"

namespace {

using namespace imc::compiler;

int pick(std::uint64_t key, std::uint64_t index, int low, int high)
{
    return low +
           static_cast<int>(imc::random_bits(key, index) % static_cast<unsigned>(high - low + 1));
}

/// input -> slice -> pad, with random cuts in all three dimensions.
Graph random_chain(std::uint64_t key)
{
    Graph g;
    const Shape in{pick(key, 0, 1, 5), pick(key, 1, 3, 8), pick(key, 2, 3, 8)};
    SliceAttributes cut;
    const int sizes[] = {in.c, in.h, in.w};
    int out[3];
    for (std::size_t d = 0; d < 3; ++d) {
        cut.start[d] = pick(key, 3 + d, 0, sizes[d] - 1);
        cut.step[d] = pick(key, 6 + d, 1, 3);
        const int most = (sizes[d] - 1 - cut.start[d]) / cut.step[d] + 1;
        out[d] = pick(key, 9 + d, 1, most);
    }
    PadAttributes pad;
    for (std::size_t d = 0; d < 3; ++d) {
        pad.before[d] = d > 0 && pick(key, 20, 0, 1) == 0 ? 0 : pick(key, 12 + d, 0, 2);
        pad.after[d] = d > 0 && pick(key, 20, 0, 1) == 0 ? 0 : pick(key, 15 + d, 0, 2);
    }
    const Shape middle{out[0], out[1], out[2]};
    const Shape last{middle.c + pad.before[0] + pad.after[0],
                     middle.h + pad.before[1] + pad.after[1],
                     middle.w + pad.before[2] + pad.after[2]};
    g.nodes.push_back({Op::input, "input", {}, 0, -1, -1, {}});
    g.nodes.push_back({Op::slice, "slice", {0}, 1, -1, -1, cut});
    g.nodes.push_back({Op::pad, "pad", {1}, 2, -1, -1, pad});
    g.values = {{"input", in, 0, {}}, {"slice", middle, 1, {}}, {"pad", last, 2, {}}};
    g.input = 0;
    g.outputs = {2};
    return g;
}

TEST(Selections, AsConvolutionsShowTheSameNumbers)
{
    for (std::uint64_t trial = 0; trial < 200; ++trial) {
        Graph graph = random_chain(imc::random_key(21, trial));
        if (trial % 2 == 1)  // on a grid
            for (Value& value : graph.values)
                value.quantization = Quantization{DType::uint8, -1, {0.5f}, {100}};
        std::vector<float> image;
        for (std::int64_t i = 0; i < graph.values[0].shape.size(); ++i)
            image.push_back(0.5f * static_cast<float>(i % 90 - 20));
        const auto before = FloatEvaluator(graph).run(image.data(), 1);
        lower_selections(graph);
        for (const auto& node : graph.nodes)
            ASSERT_TRUE(node.op == Op::conv || node.op == Op::input);
        ASSERT_EQ(FloatEvaluator(graph).run(image.data(), 1), before) << trial;
    }
}

TEST(Selections, OptionAShortcutsOfResnet20BecomeOneConvolutionEach)
{
    IMC_NEEDS_DATA(data);
    Graph graph = import_onnx(data + "/resnet20-cifar10/resnet20.onnx");
    lower_selections(graph);
    const Graph twin = import_onnx(
        data + "/resnet20-cifar10/resnet20_convshortcut.onnx");  // the same by its author
    EXPECT_EQ(graph.nodes.size(), twin.nodes.size());
    EXPECT_EQ(macs(graph), macs(twin));
    EXPECT_EQ(params(graph), params(twin));
}

}  // namespace
