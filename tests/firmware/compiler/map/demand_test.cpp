// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/demand.h"

#include "cam/cost/parameters.h"

#include <gtest/gtest.h>

namespace {

using namespace imc;
using namespace imc::compiler;

/// 10 crossbar tiles of 96 arrays, 8 CAM tiles of 256 RNA blocks.
struct Chip {
    AcceleratorConfig config;
    Lowerings lowerings;

    Chip()
    {
        config.tiles = {{IMC_ENGINE_CROSSBAR, 10}, {IMC_ENGINE_CAM, 8}};
        config.crossbar.arrays_per_tile = 96;
        config.cam.rnas_per_tile = 256;
        config.technology = cam::default_technology();
        for (const imc_engine engine : {IMC_ENGINE_CROSSBAR, IMC_ENGINE_CAM})
            lowerings.emplace(engine, make_lowering(engine, config));
    }
};

TEST(ArrayDemand, BlocksOfOneKindDoNotStandInForAnother)
{
    const Chip chip;
    ArrayDemand demand(chip.config, chip.lowerings);
    EXPECT_EQ(demand.least_chips(), 1u);
    demand.add(IMC_ENGINE_CROSSBAR, 960);
    EXPECT_EQ(demand.least_chips(), 1u);
    demand.add(IMC_ENGINE_CROSSBAR, 1);  // 2,048 RNA blocks are free, and no help
    EXPECT_EQ(demand.least_chips(), 2u);
    demand.add(IMC_ENGINE_CAM, 5 * 2048);
    EXPECT_EQ(demand.least_chips(), 5u);
    EXPECT_EQ(demand.text(2),
              "the network needs 961 arrays of 1920 and 10240 RNA blocks of 4096 on 2 chip(s)");
}

}  // namespace
