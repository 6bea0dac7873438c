// SPDX-License-Identifier: Apache-2.0
#include "buffer/cost/port.h"

#include <gtest/gtest.h>

namespace {

using namespace imc::buffer;

TEST(BufferPort, CountsPartlyUsedAccessesWhole)
{
    EXPECT_EQ(port_accesses(0, 256), 0u);
    EXPECT_EQ(port_accesses(256, 256), 1u);
    EXPECT_EQ(port_accesses(257, 256), 2u);
}

TEST(BufferPort, ParkingWritesAndReadsThroughOnePort)
{
    // 64 channels x 32 x 4 bits: 32 accesses of 256 bits in, 32 out, at 1.2 GHz
    EXPECT_EQ(parking_ps(64 * 32 * 4, 256, 1.0 / 1.2), 53'333u);
}

}  // namespace
