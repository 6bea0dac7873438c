// SPDX-License-Identifier: Apache-2.0
/// Codebook networks, mapped on CAM tiles, stage by stage against the tests' own evaluation.
#include "cam/engine/cam_engine.h"

#include "cam/cost/rna_cost.h"
#include "cam/kernel/layer_tables.h"
#include "common/error.h"
#include "compiler/float_eval/ranges.h"
#include "compiler/import/onnx_import.h"
#include "compiler/map/map.h"
#include "compiler/quantize/codebook_network.h"
#include "compiler/quantize/quantize.h"
#include "compiler/quantize/unary_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "support/codebook_eval.h"
#include "support/show_images.h"
#include "support/stage_run.h"

namespace {

using namespace imc;
using namespace imc::compiler;
using imc::test::shows;

QNet codebook_net(const std::string& network, const std::vector<float>& image,
                  const CodebookScheme& scheme)
{
    QuantOptions options;
    options.codebook = scheme;
    const Graph graph = import_onnx(
        std::string(IMC_SOURCE_DIR) + "/scenarios/networks/" + network + ".onnx", {true});
    return quantize_codebook(graph, options, shows(image));
}

std::vector<float> wavy_image(std::size_t size)
{
    std::vector<float> image;
    for (std::size_t i = 0; i < size; ++i)
        image.push_back(std::sin(0.37f * static_cast<float>(i)));
    return image;
}

AcceleratorConfig cam_chip(unsigned tiles, unsigned rnas)
{
    AcceleratorConfig config;
    config.tiles = {{IMC_ENGINE_CAM, tiles}};
    config.cam.rnas_per_tile = rnas;
    config.technology = cam::default_technology();
    return config;
}

/// Runs every stage of a mapping on the tensors that the evaluation gives; counts what it did.
struct Bench {
    AcceleratorConfig config;
    Ledger ledger;
    std::map<std::string, std::uint64_t> events;
    std::uint64_t duration_ps = 0;
    std::size_t wrong = 0, compared = 0;

    void run(const QNet& net, const std::vector<float>& image)
    {
        const auto context = std::make_shared<cam::CamContext>(cam::CamContext{
            config.cam, config.technology, cam::CamBooks(ledger, config.cam, config.technology)});
        const auto lowering = make_lowering(IMC_ENGINE_CAM, config);
        const auto mapping = map_network(net, config, {});
        const auto tensors = test::CodebookEvaluator(net).run(image.data());
        for (const auto& placed : mapping.stages) {
            if (placed.stage.op == IMC_STAGE_SPILL) continue;
            const auto engine = cam::make_cam_engine(placed.stage, context);
            test::load_stage(*engine, net, placed, *lowering);
            run_stage(*engine, net, placed, tensors);
        }
    }

    void run_stage(StageEngine& engine, const QNet& net, const PlacedStage& placed,
                   const std::vector<test::CodebookEvaluator::Codes>& tensors)
    {
        const imc_stage& s = placed.stage;
        const QLayer& layer = net.layers[placed.layer];
        test::TensorRows rows;
        for (unsigned i = 0; i < s.streams; ++i)
            rows.add(tensors[layer.inputs[i]], s.in[i]);
        const std::uint32_t channels = s.channel_end - s.channel_begin;
        std::vector<std::int32_t> out(std::size_t{channels} * s.unit_rows * s.out_width);
        for (std::uint32_t y = 0; y < s.out_height; y += s.unit_rows) {
            const std::uint32_t n = std::min(s.unit_rows, s.out_height - y);
            Work work;
            engine.run(0, y, n, rows, out.data(), nullptr, work);
            for (const auto& c : work.counts)
                events[ledger.events()[c.event].name] += c.times;
            duration_ps += work.duration_ps;
            compare(tensors[layer.output], s, out, y, n);
        }
    }

    void compare(const test::CodebookEvaluator::Codes& expected, const imc_stage& s,
                 const std::vector<std::int32_t>& out, std::uint32_t first, std::uint32_t rows)
    {
        for (std::uint32_t c = s.channel_begin; c < s.channel_end; ++c)
            for (std::uint32_t y = 0; y < rows; ++y)
                for (std::uint32_t x = 0; x < s.out_width; ++x) {
                    const auto want =
                        expected[(std::size_t{c} * s.out_height + first + y) * s.out_width + x];
                    const auto got =
                        out[(std::size_t{c - s.channel_begin} * rows + y) * s.out_width + x];
                    wrong += want != got;
                    ++compared;
                }
    }
};

TEST(CamEngine, EveryLayerOfResidualAndPlainNetworksIsExact)
{
    CodebookScheme small, per_channel, xor_distance;
    small.weight_codes = 8;
    small.input_codes = 12;
    per_channel.per_channel = true;
    per_channel.weight_codes = 4;
    xor_distance.weighted_xor = true;
    const struct {
        const char* network;
        CodebookScheme scheme;
        unsigned tiles, rnas;
    } cases[] = {{"resnet20_cifar10", small, 32, 1000},
                 {"rapidnn_cifar10", {}, 32, 1000},
                 {"rapidnn_cifar10", per_channel, 3, 300},
                 {"rapidnn_cifar10", xor_distance, 256, 1000}};
    const auto image = wavy_image(3072);
    for (const auto& c : cases) {
        const QNet net = codebook_net(c.network, image, c.scheme);
        Bench bench{cam_chip(c.tiles, c.rnas), {}, {}};
        bench.config.cam.counter_bits = 13;  // 5,612 of fc0's 16,384 weights are alike at 4 codes
        bench.run(net, image);
        EXPECT_EQ(bench.wrong, 0u) << c.network << " on " << c.tiles << " tiles";
        EXPECT_GT(bench.compared, 60000u);
    }
}

TEST(CamEngine, ChargesEveryNeuronByItsOwnCounts)
{
    const auto image = wavy_image(784);
    const QNet net = codebook_net("mlp_mnist", image, {});
    Bench bench{cam_chip(32, 1000), {}, {}};
    bench.config.cam.counters_physical = 256;
    bench.run(net, image);

    // The same sums, neuron by neuron, from the definitions of cost and count.
    const auto tensors = test::CodebookEvaluator(net).run(image.data());
    cam::RnaEvents events;
    double slowest_ns = 0;
    for (const auto& layer : net.layers) {
        const QCodebook& book = *layer.codebook;
        cam::LayerTables tables;
        tables.outputs = net.tensors[layer.output].channels;
        tables.fan_in = static_cast<unsigned>(layer.weights.size() / tables.outputs);
        tables.weight_codes = book.weight_codes;
        tables.input_codes = book.input_codes;
        tables.weight_code.assign(layer.weights.begin(), layer.weights.end());
        tables.product.assign(book.product.begin(), book.product.end());
        tables.bias = book.bias;
        const std::vector<std::uint8_t> inputs(tensors[layer.inputs[0]].begin(),
                                               tensors[layer.inputs[0]].end());
        cam::RnaShape shape{tables.fan_in,
                            book.weight_codes,
                            book.input_codes,
                            16,
                            true,
                            0,
                            book.relu,
                            static_cast<unsigned>(book.encode_key.size()),
                            0,
                            0};
        std::uint64_t slowest = 0;
        for (unsigned o = 0; o < tables.outputs; ++o) {
            const auto neuron = cam::run_neuron(tables, o, inputs.data());
            events.add(shape, neuron.nonzero, neuron.addends);
            slowest =
                std::max(slowest, cam::neuron_cycles(shape, bench.config.cam, neuron.largest_group,
                                                     neuron.nonzero, neuron.addends)
                                      .latency());
        }
        slowest_ns += static_cast<double>(slowest);
    }
    EXPECT_EQ(bench.events["count_bit"], events.counted * 12);
    EXPECT_EQ(bench.events["read_decode"], events.row_reads);
    EXPECT_EQ(bench.events["nor"], events.gates);
    EXPECT_EQ(bench.duration_ps, static_cast<std::uint64_t>(slowest_ns * 1000));
}

TEST(CamEngine, FewerBlocksThanChannelsRewriteTheirCodes)
{
    const auto image = wavy_image(784);
    const QNet net = codebook_net("mlp_mnist", image, {});
    Bench many{cam_chip(2, 1000), {}, {}}, few{cam_chip(2, 200), {}, {}};
    many.run(net, image);
    few.run(net, image);
    EXPECT_EQ(few.wrong, 0u);
    EXPECT_EQ(many.events["cell_write"], 0u);
    // Every weight of every layer is written again: 4 bits each.
    EXPECT_EQ(few.events["cell_write"], (784 * 512 + 512 * 512 + 512 * 10) * 4u);
    EXPECT_GT(few.duration_ps, 2 * many.duration_ps);
    EXPECT_EQ(few.events["nor"], many.events["nor"]);
}

/// With a codebook for each channel, a block that turns to another channel takes up its table too.
TEST(CamEngine, FewerBlocksThanChannelsRewriteTheirOwnProducts)
{
    const auto image = wavy_image(784);
    CodebookScheme scheme;
    scheme.per_channel = true;
    const QNet net = codebook_net("mlp_mnist", image, scheme);
    Bench slow{cam_chip(2, 200), {}, {}}, instant{cam_chip(2, 200), {}, {}};
    instant.config.technology.set("cam.crossbar.row_write_ns", {0.0, "ns", "test"});
    slow.run(net, image);
    instant.run(net, image);
    EXPECT_EQ(slow.wrong, 0u);
    // 4 bits a weight, and of each of the 1,034 channels 16 x 16 products of 16 bits.
    EXPECT_EQ(slow.events["cell_write"],
              (784 * 512 + 512 * 512 + 512 * 10) * 4u + (512 + 512 + 10) * 16 * 16 * 16u);
    // Each turn writes 256 rows of products and the rows of the weight codes, 50.88 ns each.
    std::uint64_t rows = 0;
    for (const auto& placed : map_network(net, slow.config, {}).stages) {
        const imc_stage& s = placed.stage;
        if (s.op != IMC_STAGE_CONV) continue;
        const unsigned channels = s.channel_end - s.channel_begin;
        ASSERT_LT(s.arrays, channels);
        const unsigned turns = (channels + s.arrays - 1) / s.arrays;
        rows += turns * (256u + (s.in[0].channels * 4u + 1023) / 1024);
    }
    EXPECT_EQ(slow.duration_ps - instant.duration_ps, rows * 50880u);
}

TEST(CamEngine, TheTwoEnergyModesAreNeverMixed)
{
    const auto image = wavy_image(784);
    const QNet net = codebook_net("mlp_mnist", image, {});
    Bench device{cam_chip(2, 1000), {}, {}}, paper{cam_chip(2, 1000), {}, {}};
    paper.config.cam.energy = cam::EnergyMode::paper;
    device.run(net, image);
    paper.run(net, image);
    EXPECT_EQ(device.events.count("busy_cycle"), 0u);
    EXPECT_EQ(device.events["bus_bit"], (784 + 512 + 512) * 4u);
    EXPECT_GT(paper.events["busy_cycle"], 1034u * 400);
    EXPECT_EQ(paper.events.size(), 1u);  // power times time, no counted event beside it
    EXPECT_EQ(paper.duration_ps, device.duration_ps);
}

TEST(CamEngine, PaperModeTakesABlockThatIsWrittenForABusyOne)
{
    const auto image = wavy_image(784);
    const QNet net = codebook_net("mlp_mnist", image, {});
    Bench few{cam_chip(2, 200), {}, {}};
    few.config.cam.energy = cam::EnergyMode::paper;
    few.run(net, image);
    EXPECT_EQ(few.events.size(), 2u);  // busy_cycle and write_cycle
    // Weight codes of 784 and 512 inputs, 4 bits each, take 4 and 2 rows of 1,024 cells, 50.88 ns a
    // row: 204 and 102 cycles for each of the channels, in all four components of a block.
    EXPECT_EQ(few.events["write_cycle"], 4u * (512 * 204 + 522 * 102));
}

TEST(CamEngine, GatedBlocksLeakWhileTheyComputeAndNoLonger)
{
    const auto image = wavy_image(784);
    const QNet net = codebook_net("mlp_mnist", image, {});
    Bench always{cam_chip(2, 1000), {}, {}}, gated{cam_chip(2, 1000), {}, {}},
        paper{cam_chip(2, 1000), {}, {}};
    gated.config.cam.power_gate = true;
    paper.config.cam.energy = cam::EnergyMode::paper;
    always.run(net, image);
    gated.run(net, image);
    paper.run(net, image);
    const auto leakage_w = [](const Ledger& ledger) {
        double sum = 0;
        for (const auto& c : ledger.components())
            sum += c.leakage_w;
        return sum;
    };
    EXPECT_NEAR(leakage_w(always.ledger), 1000 * 128 * 2.4e-6, 1e-9);  // a tile's rows
    EXPECT_EQ(leakage_w(gated.ledger), 0.0);
    EXPECT_EQ(always.events.count("awake_cycle"), 0u);
    // Paper mode counts a block's busy cycles in four components; leakage has two of them.
    EXPECT_EQ(gated.events["awake_cycle"] * 2, paper.events["busy_cycle"]);
    for (const auto& e : gated.ledger.events())
        if (e.name == "awake_cycle") {
            EXPECT_NEAR(e.energy_pj, 64 * 2.4e-6 * 1e3, 1e-12);  // 64 rows for 1 ns
        }
    EXPECT_EQ(gated.duration_ps, always.duration_ps);
    EXPECT_EQ(gated.events["nor"], always.events["nor"]);
}

struct MixedChip {
    Unary function;
    imc_engine beside;  ///< what does the convolutions
};

class LookUps : public testing::TestWithParam<MixedChip> {
protected:
    /// The parameter's, everywhere; but exp of exp of exp leaves the floating-point numbers.
    static Unary function(unsigned index)
    {
        return index == 0 || GetParam().function != Unary::exp ? GetParam().function
                                                               : Unary::sigmoid;
    }
    /// An 8-bit network of these functions.
    QNet net() const
    {
        const auto image = wavy_image(3072);
        QuantOptions options;
        options.lut_rows = 40;
        Graph graph = import_onnx(
            std::string(IMC_SOURCE_DIR) + "/scenarios/networks/functions_cifar10.onnx", {true});
        unsigned index = 0;
        for (auto& node : graph.nodes)
            if (node.op == Op::unary) node.attributes = UnaryAttributes{function(index++)};
        return quantize(std::move(graph), options, test::ranges_of(image));
    }
};

/// The code of f(value of `code`) with the row of the table nearest to it; at most half a row of
/// the curve and half a code from the function itself.
void expect_close_to_function(const QNet& net, const QLayer& layer, Unary function)
{
    const QTensor &in = net.tensors[layer.inputs[0]], &out = net.tensors[layer.output];
    const auto real = [&](std::int64_t code) {
        return unary_value({function}, in.scale * static_cast<double>(code - in.zero_point));
    };
    double variation = 0;
    for (std::int64_t code = in.min; code < in.max; ++code)
        variation += std::abs(real(code + 1) - real(code));
    double step = 0;
    for (std::int64_t code = in.min; code < in.max; ++code)
        step = std::max(step, std::abs(real(code + 1) - real(code)));
    for (std::int64_t code = in.min; code <= in.max; ++code) {
        const double value =
            out.scale * (layer.lut[static_cast<std::size_t>(code - in.min)] - out.zero_point);
        const double clamped = std::clamp(real(code), out.scale * (out.min - out.zero_point),
                                          out.scale * (out.max - out.zero_point));
        EXPECT_LE(std::abs(value - clamped), variation / 40 + step + out.scale)
            << layer.name << " at code " << code;
    }
}

TEST_P(LookUps, OnCamTilesAreTheReferencesTable)
{
    const QNet net = this->net();
    AcceleratorConfig config = cam_chip(2, 64);
    config.tiles.insert(config.tiles.begin(), {GetParam().beside, 40});
    Ledger ledger;
    const auto context = std::make_shared<cam::CamContext>(cam::CamContext{
        config.cam, config.technology, cam::CamBooks(ledger, config.cam, config.technology)});
    const auto lowering = make_lowering(IMC_ENGINE_CAM, config);
    unsigned functions = 0;
    for (const auto& placed : map_network(net, config, {}).stages) {
        if (placed.stage.op == IMC_STAGE_CONV) {
            EXPECT_EQ(placed.stage.engine, GetParam().beside);
        }
        if (placed.stage.op != IMC_STAGE_LUT) continue;
        ASSERT_EQ(placed.stage.engine, IMC_ENGINE_CAM);
        const QLayer& layer = net.layers[placed.layer];
        const QTensor& in = net.tensors[layer.inputs[0]];
        ASSERT_LE(layer.codebook->activation_key.size(), 40u);
        expect_close_to_function(net, layer, function(functions++));
        std::vector<std::vector<std::int64_t>> tensors(net.tensors.size());
        const std::size_t codes = layer.lut.size();
        for (std::size_t i = 0; i < in.size(); ++i)
            tensors[layer.inputs[0]].push_back(in.min + static_cast<std::int64_t>(i * 7 % codes));
        for (const std::int64_t code : tensors[layer.inputs[0]])
            tensors[layer.output].push_back(layer.lut[static_cast<std::size_t>(code - in.min)]);
        Bench bench{config, {}, {}};
        const auto engine = cam::make_cam_engine(placed.stage, context);
        test::load_stage(*engine, net, placed, *lowering);
        bench.ledger = ledger;
        bench.run_stage(*engine, net, placed, tensors);
        EXPECT_EQ(bench.wrong, 0u) << layer.name;
    }
    EXPECT_GE(functions, 4u);
}

INSTANTIATE_TEST_SUITE_P(CamEngine, LookUps,
                         testing::Values(MixedChip{Unary::sigmoid, IMC_ENGINE_CROSSBAR},
                                         MixedChip{Unary::tanh, IMC_ENGINE_CROSSBAR},
                                         MixedChip{Unary::gelu, IMC_ENGINE_CROSSBAR},
                                         MixedChip{Unary::exp, IMC_ENGINE_CROSSBAR},
                                         MixedChip{Unary::sigmoid, IMC_ENGINE_ASSOCIATIVE},
                                         MixedChip{Unary::tanh, IMC_ENGINE_ASSOCIATIVE},
                                         MixedChip{Unary::gelu, IMC_ENGINE_ASSOCIATIVE},
                                         MixedChip{Unary::exp, IMC_ENGINE_ASSOCIATIVE}));

TEST(CamEngine, PartialSumsAndOtherOperationsAreRefused)
{
    Ledger ledger;
    const auto config = cam_chip(1, 10);
    const auto context = std::make_shared<cam::CamContext>(cam::CamContext{
        config.cam, config.technology, cam::CamBooks(ledger, config.cam, config.technology)});
    imc_stage stage{};
    stage.op = IMC_STAGE_AFFINE;
    EXPECT_THROW(cam::make_cam_engine(stage, context), InputError);
    stage.op = IMC_STAGE_CONV;
    stage.role = IMC_ROLE_PSUM_WORKER;
    EXPECT_THROW(cam::make_cam_engine(stage, context), InputError);
}

}  // namespace
