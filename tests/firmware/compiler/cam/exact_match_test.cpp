// SPDX-License-Identifier: Apache-2.0
/// CAM tiles that match exactly: functions of single codes beside crossbars, and what they refuse.
#include "cam/engine/cam_engine.h"

#include "cam/kernel/code_ops.h"
#include "common/error.h"
#include "compiler/float_eval/ranges.h"
#include "compiler/import/onnx_import.h"
#include "compiler/map/map.h"
#include "compiler/quantize/codebook_network.h"
#include "compiler/quantize/quantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "support/error_line.h"
#include "support/show_images.h"
#include "support/stage_run.h"

namespace {

using namespace imc;
using namespace imc::compiler;

std::vector<float> wavy_image(std::size_t size)
{
    std::vector<float> image;
    for (std::size_t i = 0; i < size; ++i)
        image.push_back(std::sin(0.37f * static_cast<float>(i)));
    return image;
}

Graph network(const char* name)
{
    return import_onnx(std::string(IMC_SOURCE_DIR) + "/scenarios/networks/" + name + ".onnx",
                       {true});
}

/// GELU, tanh and sigmoid between convolutions, of codes of `bits`.
QNet functions(unsigned bits, unsigned lut_rows)
{
    const auto image = wavy_image(3072);
    QuantOptions options;
    options.lut_rows = lut_rows;
    Graph graph = network("functions_cifar10");
    for (const auto& node : graph.nodes)
        if (node.op == Op::unary) options.layer_activation_bits[node.name] = bits;
    return quantize(std::move(graph), options, test::ranges_of(image));
}

/// Crossbars for products beside CAM tiles of 64 rows.
AcceleratorConfig chip(cam::Distance search)
{
    AcceleratorConfig config;
    config.tiles = {{IMC_ENGINE_CROSSBAR, 40}, {IMC_ENGINE_CAM, 2}};
    config.technology = cam::default_technology();
    config.cam.rnas_per_tile = 64;
    config.cam.search = search;
    return config;
}

/// What the functions of a network cost, and how many of their codes are wrong.
struct LookUps {
    std::map<std::string, std::uint64_t> events;
    std::uint64_t duration_ps = 0, wrong = 0, stages = 0;

    LookUps(const QNet& net, const AcceleratorConfig& config)
    {
        Ledger ledger;
        const auto context = std::make_shared<cam::CamContext>(cam::CamContext{
            config.cam, config.technology, cam::CamBooks(ledger, config.cam, config.technology)});
        const auto lowering = make_lowering(IMC_ENGINE_CAM, config);
        for (const auto& placed : map_network(net, config, {}).stages) {
            if (placed.stage.engine != IMC_ENGINE_CAM) continue;
            const auto engine = cam::make_cam_engine(placed.stage, context);
            test::load_stage(*engine, net, placed, *lowering);
            run(*engine, net, placed, ledger);
            ++stages;
        }
    }

    /// One row of every code there is, in turn.
    void run(StageEngine& engine, const QNet& net, const PlacedStage& placed, const Ledger& ledger)
    {
        const imc_stage& s = placed.stage;
        const QLayer& layer = net.layers[placed.layer];
        const QTensor& in = net.tensors[layer.inputs[0]];
        std::vector<std::int32_t> tensor;
        for (std::size_t i = 0; i < in.size(); ++i)
            tensor.push_back(in.min + static_cast<std::int32_t>(i % layer.lut.size()));
        test::TensorRows rows;
        rows.add(tensor, s.in[0]);
        const std::uint32_t channels = s.channel_end - s.channel_begin;
        std::vector<std::int32_t> out(std::size_t{channels} * s.out_width);
        Work work;
        engine.run(0, 0, 1, rows, out.data(), nullptr, work);
        for (const auto& c : work.counts)
            events[ledger.events()[c.event].name] += c.times;
        duration_ps += work.duration_ps;
        for (std::uint32_t c = 0; c < channels; ++c)
            for (std::uint32_t x = 0; x < s.out_width; ++x) {
                const auto code =
                    tensor[std::size_t{s.channel_begin + c} * s.out_height * s.out_width + x];
                wrong += out[std::size_t{c} * s.out_width + x] !=
                         layer.lut[static_cast<std::size_t>(code - in.min)];
            }
    }
};

TEST(ExactMatch, FindsTheRowOfEveryCodeInTheTimeOfAMatchLine)
{
    const QNet net = functions(6, 64);
    auto nearest = chip(cam::Distance::absolute), exact = chip(cam::Distance::exact);
    nearest.cam.stage_bits = exact.cam.stage_bits = 2;
    LookUps by_distance(net, nearest), by_match(net, exact);
    ASSERT_GE(by_match.stages, 4u);
    EXPECT_EQ(by_match.wrong, 0u);
    EXPECT_EQ(by_distance.wrong, 0u);
    EXPECT_EQ(by_distance.duration_ps, 2 * by_match.duration_ps);  // 3 + 1 cycles, 1 + 1 cycles
    EXPECT_EQ(by_match.events.count("search_row_bit"), 0u);
    EXPECT_EQ(by_match.events["match_row_bit"], by_distance.events["search_row_bit"]);
}

TEST(ExactMatch, NeedsARowForEveryCode)
{
    const auto line =
        test::error_line([] { LookUps(functions(8, 64), chip(cam::Distance::exact)); });
    EXPECT_NE(line.find("platform.cam.search: exact match needs a row for every code"),
              std::string::npos)
        << line;
    EXPECT_NE(line.find("256 codes"), std::string::npos) << line;
    // With as many rows as codes it serves.
    auto large = chip(cam::Distance::exact);
    large.cam.activation_rows = 256;
    EXPECT_EQ(LookUps(functions(8, 256), large).wrong, 0u);
}

TEST(ExactMatch, CannotServeSums)
{
    const auto image = wavy_image(784);
    const QNet net = quantize_codebook(network("mlp_mnist"), {}, test::shows(image));
    auto config = chip(cam::Distance::exact);
    config.tiles = {{IMC_ENGINE_CAM, 2}};
    config.cam.rnas_per_tile = 1000;
    const auto line = test::error_line([&] { LookUps(net, config); });
    EXPECT_NE(line.find("exact match cannot serve layer"), std::string::npos) << line;
}

TEST(ExactMatch, ACodeWithoutARowIsAnErrorAndNoAnswer)
{
    cam::OutputStage stage;
    stage.activation = cam::NearestTable({1, 2, 4}, cam::Distance::exact);
    stage.activation_value = {10, 20, 40};
    std::vector<std::int32_t> codes{4, 1, 2};
    stage.run(codes.data(), codes.size());
    EXPECT_EQ(codes, (std::vector<std::int32_t>{40, 10, 20}));
    codes = {1, 3};
    EXPECT_NE(test::error_line([&] { stage.run(codes.data(), 2); }).find("no row equals 3"),
              std::string::npos);
}

}  // namespace
