// SPDX-License-Identifier: Apache-2.0
#include "common/crc32.h"

#include <gtest/gtest.h>

TEST(Crc32, GivesThePublishedCheckValueAndChains)
{
    EXPECT_EQ(imc::crc32("123456789", 9), 0xCBF43926u);  // the standard's check value
    EXPECT_EQ(imc::crc32("56789", 5, imc::crc32("1234", 4)), 0xCBF43926u);
}
