// SPDX-License-Identifier: Apache-2.0
/// How long stages of associative processors take.
#include "ap_stage_case.h"

#include <gtest/gtest.h>

#include <string>

namespace imc::associative {
namespace {

/// Section 11 of the fact sheet: 64 x 576 x 3136 at 8 / 8 bits takes 7 steps of 971 cycles.
TEST(ApTime, EveryStageOfALayerTakesTheLayersTime)
{
    Case c;
    imc_stage& s = c.stage;
    s.op = IMC_STAGE_CONV;
    s.requant = IMC_REQUANT_NONE;
    s.streams = s.copies = 1;
    s.kernel_h = s.kernel_w = 3;
    s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = s.groups = 1;
    s.pad_left = s.pad_right = 1;
    s.out_channels = 64;
    s.channel_begin = 8;
    s.channel_end = 16;
    s.out_height = s.unit_rows = 1;
    s.engine_arg[ap_height] = 56;
    s.out_width = 56;
    s.weight_bits = 8;
    s.out_bits = 24;
    s.out_min = -(1 << 23);
    s.out_max = (1 << 23) - 1;
    s.in[0].channels = 64;
    s.in[0].height = 3;
    s.in[0].width = 56;
    s.in[0].bits = 8;
    c.inputs.emplace_back(3 * 64 * 56, 5);
    c.weights.assign(8 * 576, 3);
    c.requant.resize(8);
    Config config;
    const auto gemm_ps = [&](const Work& work) {
        std::uint64_t sum = 0;
        for (const auto& segment : work.segments)
            if (std::string(segment.operation) != "requantize") sum += segment.duration_ps;
        return sum;
    };
    EXPECT_EQ(gemm_ps(run(c, config).work), 6797u * 1000u);
    s.weight_bits = s.in[0].bits = 4;  // a change of precision is a change of loop bounds only
    EXPECT_EQ(gemm_ps(run(c, config).work), 7u * (8 + 128 + 11 + 22 * 9 + 8 * 18 + 18) * 1000u);
}

/// By hand: four cells of 8 bits come in (32), are compared three times (3 x 48, flags cleared
/// twice), the largest goes out (8): 186 cycles. Times 3, plus 1, halved: 8 in, 16 for the copy,
/// 64 for the addition, 4 x 11 for the constant, 2 for the clip of column 9, 8 out: 142.
TEST(ApTime, MaxPoolingWithScalingTakesBoth)
{
    Case c;
    imc_stage& s = c.stage;
    s.op = IMC_STAGE_MAXPOOL;
    s.requant = IMC_REQUANT_DYADIC;
    s.streams = s.copies = 1;
    s.kernel_h = s.kernel_w = s.stride_h = s.stride_w = 2;
    s.dilation_h = s.dilation_w = s.groups = 1;
    s.out_channels = s.channel_end = 3;
    s.out_height = s.unit_rows = s.out_width = 2;
    s.out_bits = 8;
    s.out_max = 255;
    s.in[0].channels = 3;
    s.in[0].height = s.in[0].width = 4;
    s.in[0].bits = 8;
    c.inputs.emplace_back(4 * 3 * 4, 77);
    imc_requant e{};
    e.multiplier = 3;
    e.shift = 1;
    c.requant = {e};
    const Result result = run(c, Config{});
    EXPECT_EQ(result.out[0], (77 * 3 + 1) / 2);
    EXPECT_EQ(result.work.duration_ps, (186u + 142u) * 1000u);
    c.requant.clear();
    EXPECT_EQ(run(c, Config{}).work.duration_ps, 186u * 1000u);
}

TEST(ApTime, BatchSharesTheTimeOfOneLayerPass)
{
    Case c = make_case(IMC_STAGE_CONV, 5);
    c.weights.assign(std::size_t{c.stage.channel_end} * c.stage.in[0].channels / c.stage.groups *
                         c.stage.kernel_h * c.stage.kernel_w,
                     0);
    c.requant.resize(c.stage.channel_end);
    Config config;
    config.batch = 3;
    Ledger ledger;
    const auto cost = std::make_shared<const ApCost>(config, energies(), ledger);
    ApEngine engine(c.stage, cost, std::make_shared<WeightStore>());
    const auto blob = blob_of(c);
    engine.load(Blob(blob.data(), blob.size()));
    std::vector<std::int32_t> out(std::size_t{c.stage.channel_end} * c.stage.out_height *
                                  c.stage.out_width);
    std::uint64_t gemm = 0;
    for (std::uint32_t image = 0; image < 3; ++image) {
        Work work;
        engine.run(image, 0, c.stage.out_height, Rows(c), out.data(), nullptr, work);
        for (const auto& segment : work.segments)
            if (std::string(segment.operation) != "requantize") gemm += segment.duration_ps;
    }
    GemmShape shape{c.stage.out_channels,
                    std::uint64_t{c.stage.in[0].channels} / c.stage.groups * c.stage.kernel_h *
                        c.stage.kernel_w,
                    std::uint64_t{3} * c.stage.out_height * c.stage.out_width, c.stage.weight_bits,
                    c.stage.in[0].bits};
    EXPECT_EQ(gemm, gemm_cost(config, shape).cycles() * 1000);
}

}  // namespace
}  // namespace imc::associative
