// SPDX-License-Identifier: Apache-2.0
#include "digital/cost/operations.h"

#include <gtest/gtest.h>

namespace {

using namespace imc::digital;

imc_stage stage(imc_op op)
{
    imc_stage s{};
    s.op = op;
    s.streams = 1;
    s.kernel_h = s.kernel_w = 1;
    return s;
}

TEST(DigitalOperations, AddOfThreeStreamsScalesEachAndRoundsOnce)
{
    imc_stage add = stage(IMC_STAGE_ADD);
    add.streams = 3;
    const Operations o = operations(add, 100);
    EXPECT_EQ(o.multiply, 300u);
    EXPECT_EQ(o.add, 200u);
    EXPECT_EQ(o.requantize, 100u);
    EXPECT_EQ(o.serial, 300u);
    EXPECT_EQ(o.read, 300u);
    EXPECT_EQ(o.compare + o.look_up, 0u);
}

TEST(DigitalOperations, PoolsGoThroughTheirWindow)
{
    imc_stage pool = stage(IMC_STAGE_MAXPOOL);
    pool.kernel_h = 3;
    pool.kernel_w = 2;
    EXPECT_EQ(operations(pool, 10).compare, 60u);
    EXPECT_EQ(operations(pool, 10).requantize, 0u);
    pool.op = IMC_STAGE_AVGPOOL;
    EXPECT_EQ(operations(pool, 10).add, 60u);
    EXPECT_EQ(operations(pool, 10).requantize, 10u);
    EXPECT_EQ(operations(pool, 10).serial, 60u);
}

TEST(DigitalOperations, OneSlotForEverythingElse)
{
    EXPECT_EQ(operations(stage(IMC_STAGE_LUT), 7).look_up, 7u);
    EXPECT_EQ(operations(stage(IMC_STAGE_LUT), 7).requantize, 0u);
    EXPECT_EQ(operations(stage(IMC_STAGE_AFFINE), 7).multiply, 7u);
    EXPECT_EQ(operations(stage(IMC_STAGE_AFFINE), 7).requantize, 7u);
    EXPECT_EQ(operations(stage(IMC_STAGE_COPY), 7).multiply, 0u);
    EXPECT_EQ(operations(stage(IMC_STAGE_COPY), 7).serial, 7u);
}

TEST(DigitalOperations, TimeIsWholeCyclesOfAllLanes)
{
    EXPECT_EQ(duration_ps(16, 8, 1.0), 2'000u);
    EXPECT_EQ(duration_ps(17, 8, 1.0), 3'000u);
    EXPECT_EQ(duration_ps(0, 8, 1.0), 0u);
    EXPECT_EQ(duration_ps(9, 8, 1.2), 1'667u);
}

}  // namespace
