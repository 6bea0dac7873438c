// SPDX-License-Identifier: Apache-2.0
#include "compiler/emit/emit.h"

#include "../map/nets.h"
#include "common/error.h"
#include "common/stage_engine.h"
#include "compiler/map/map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace {

using namespace imc;
using namespace imc::compiler;
using testing::HasSubstr;

std::vector<std::uint8_t> program(const QNet& net)
{
    const AcceleratorConfig config;
    return emit_program(net, map_network(net, config, {}), config);
}

TEST(Emit, ProgramChecksAndPrints)
{
    const auto image = program(test::residual_net());
    check_program(image.data(), image.size());
    const std::string text = disassemble(image.data(), image.size());
    EXPECT_THAT(text, HasSubstr("'conv1' conv on crossbar"));
    EXPECT_THAT(text, HasSubstr("-> sink"));
}

TEST(Emit, BlobHoldsTheWeightsOfItsSlice)
{
    const QNet net = test::residual_net();
    const auto image = program(net);
    imc_program_header header;
    std::memcpy(&header, image.data(), sizeof header);
    imc_blob_ref ref;
    std::memcpy(&ref, image.data() + header.blobs.offset + sizeof ref,
                sizeof ref);  // second stage: conv1
    const Blob blob(image.data() + ref.offset, ref.bytes);
    const auto* section = blob.find(IMC_SECTION_WEIGHTS_I8);
    ASSERT_NE(section, nullptr);
    ASSERT_EQ(section->count, net.layers[1].weights.size());
    for (std::size_t i = 0; i < section->count; ++i)
        ASSERT_EQ(blob.data<std::int8_t>(*section)[i], net.layers[1].weights[i]);
}

TEST(Emit, ZeroPointGoesIntoTheBias)  // sum (a - z) w = sum a w - z sum w
{
    QNet net;
    net.input = test::add_tensor(net, "image", 4, 2, 2);
    net.tensors[net.input].zero_point = 10;
    net.output = test::add_conv(net, "c", net.input, 2, 1);
    const auto image = program(net);
    imc_program_header header;
    std::memcpy(&header, image.data(), sizeof header);
    imc_blob_ref ref;
    std::memcpy(&ref, image.data() + header.blobs.offset, sizeof ref);
    const Blob blob(image.data() + ref.offset, ref.bytes);
    const auto* section = blob.find(IMC_SECTION_REQUANT);
    ASSERT_NE(section, nullptr);
    // Weights of channel 0 are i*7 % 15 - 7 for i = 0..3: -7, 0, 7, -1 -> sum -1.
    EXPECT_EQ(blob.data<imc_requant>(*section)[0].bias, 10);
}

/// Weights of channel 0 are -7, 0, 7, -1 (sum -1): zero point 10 gives the bias +10, and the text
/// shows it with the multiplier and shift of the blob.
TEST(Emit, TheTextHasTheMagicAndTheRequantisationConstants)
{
    QNet net;
    net.input = test::add_tensor(net, "image", 4, 2, 2);
    net.tensors[net.input].zero_point = 10;
    net.output = test::add_conv(net, "c", net.input, 2, 1);
    const imc_requant scale = net.layers[0].scale[0];
    const auto image = program(net);
    const std::string text = disassemble(image.data(), image.size());
    EXPECT_THAT(text, HasSubstr("program magic IMCP (0x50434d49)"));
    EXPECT_THAT(text, HasSubstr("weights int8: 8 x 1 bytes"));
    EXPECT_THAT(text, HasSubstr("requant: 2 x 32 bytes"));
    EXPECT_THAT(
        text, HasSubstr("0: bias 10 multiplier " + std::to_string(scale.multiplier) + " divisor " +
                        std::to_string(scale.divisor) + " shift " + std::to_string(scale.shift)));
}

TEST(Emit, EveryDamagedByteIsNoticed)
{
    const auto good = program(test::residual_net());
    for (std::size_t at = 0; at < good.size(); at += 97) {
        auto bad = good;
        bad[at] ^= 0x10;
        EXPECT_THROW(check_program(bad.data(), bad.size()), InputError) << at;
    }
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{3}, sizeof(imc_program_header) - 1, good.size() - 1})
        EXPECT_THROW(check_program(good.data(), length), InputError) << length;
}

}  // namespace
