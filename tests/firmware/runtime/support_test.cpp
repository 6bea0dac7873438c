// SPDX-License-Identifier: Apache-2.0
/// The firmware's own arithmetic against libm and known answers.
#include <gtest/gtest.h>

#include <cmath>

extern "C" {
#include "runtime/core/firmware.h"
}

namespace {

TEST(FirmwareMath, ExpIsWithinTwoUlpsOverItsRange)
{
    EXPECT_EQ(imc_exp(0.0), 1.0);
    for (double x = -699.0; x < 699.0; x += 0.37)
        ASSERT_NEAR(imc_exp(x) / std::exp(x), 1.0, 5e-16) << x;
    EXPECT_EQ(imc_exp(-1000.0), 0.0);
    EXPECT_TRUE(std::isfinite(imc_exp(1000.0)));
}

TEST(FirmwareMath, LogIsWithinRounding)
{
    EXPECT_EQ(imc_log(1.0), 0.0);
    for (double x = 1e-6; x < 1e6; x *= 1.0371)
        ASSERT_NEAR(imc_log(x), std::log(x), 4e-16 * std::fmax(1.0, std::fabs(std::log(x)))) << x;
}

TEST(FirmwareCrc, GivesTheCheckValueOfTheStandardAndChains)
{
    EXPECT_EQ(imc_crc32_bytes("123456789", 9, 0), 0xCBF43926u);  // CRC-32/ISO-HDLC check value
    EXPECT_EQ(imc_crc32_bytes("56789", 5, imc_crc32_bytes("1234", 4, 0)), 0xCBF43926u);
}

}  // namespace
