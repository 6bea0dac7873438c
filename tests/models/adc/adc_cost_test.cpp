// SPDX-License-Identifier: Apache-2.0
#include "adc/cost/adc_cost.h"

#include <gtest/gtest.h>

#include "adc/kernel/clip_range.h"
#include "common/error.h"

namespace {

using namespace imc::adc;

double pj_of(double bits, Scaling scaling)
{
    return conversion_pj(imc::Technology{}, bits, scaling);
}

TEST(AdcCost, FollowsTheTableOfIsaacAndSre)  // bwq.md section 4
{
    const double pj[] = {0.117, 0.1875, 0.313, 0.536, 0.938, 1.667};
    for (int bits = 3; bits <= 8; ++bits)
        EXPECT_NEAR(pj_of(bits, Scaling::isaac_sre), pj[bits - 3], 6e-4) << bits;
    EXPECT_NEAR(pj_of(6, Scaling::isaac_sre) * 1.2, 0.6425, 1e-3);  // SRE's mW at 1.2 GS/s
}

TEST(AdcCost, AlternativesMeetTheirSources)
{
    EXPECT_NEAR(pj_of(4, Scaling::capacitive), 0.79, 1e-9);
    EXPECT_NEAR(pj_of(5, Scaling::capacitive), 0.99, 1e-9);
    EXPECT_NEAR(pj_of(7, Scaling::capacitive), 1.42, 1e-9);
    EXPECT_NEAR(converter_mm2({}, 7, Scaling::capacitive), 845e-6, 1e-12);
    for (const Scaling s :
         {Scaling::isaac_sre, Scaling::capacitive, Scaling::flash, Scaling::linear})
        EXPECT_NEAR(pj_of(8, s), 2.0 / 1.2, 1e-9);
    // A flash converter has 2^b - 1 comparators: 1 bit one, ternary two.
    EXPECT_NEAR(pj_of(1.5, Scaling::flash) / pj_of(1, Scaling::flash), 2.0, 1e-9);
    EXPECT_LT(pj_of(1, Scaling::capacitive), pj_of(2, Scaling::capacitive));
    EXPECT_THROW(pj_of(0.5, Scaling::flash), imc::InputError);
}

TEST(AdcCost, ConvertersShareConversions)
{
    EXPECT_EQ(conversion_rounds(20, 8), 3u);
    EXPECT_EQ(conversion_rounds(128, 8), 16u);
}

TEST(ClipRange, FourBitsWithSignHoldNineOneBitRows)
{
    EXPECT_TRUE(clip_range(4, true, false).holds(-9, 9));
    EXPECT_FALSE(clip_range(3, true, false).holds(-9, 9));
    EXPECT_TRUE(clip_range(8, false, false).holds(0, 128));
    EXPECT_EQ(clip_range(1.5, true, false).high, 1);
    EXPECT_EQ(clip_range(1.5, false, false).high, 2);
    EXPECT_THROW(clip_range(2.5, true, false), imc::InputError);
    EXPECT_THROW(clip_range(17, true, false), imc::InputError);
}

}  // namespace
