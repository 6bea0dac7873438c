// SPDX-License-Identifier: Apache-2.0
#include "run/sweep.h"

#include "common/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace imc;
using namespace imc::run;
using testing::HasSubstr;

TEST(Sweep, GridIsEveryCombinationOnce)
{
    const auto points = grid({parse_axis("a.b=1,2,3"), parse_axis("c=x,y")});
    ASSERT_EQ(points.size(), 6u);
    EXPECT_EQ(points[1].overrides, (std::vector<std::string>{"a.b=1", "c=y"}));
    EXPECT_EQ(points[5].folder, "3_y");
}

TEST(Sweep, AxesWithoutKeyOrValueAreRefused)
{
    for (const char* text : {"a.b", "=1", "a=", "a=1,,2"})
        EXPECT_THROW(parse_axis(text), InputError) << text;
}

TEST(Sweep, TableHasARowForEveryPointAndMarksTheFailedOnes)
{
    const std::vector<Axis> axes{parse_axis("adc=1,4")};
    std::vector<Outcome> outcomes;
    for (const auto& point : grid(axes))
        outcomes.push_back({point, std::nullopt});
    report::RunResult result;
    result.accuracy = report::Accuracy{0.5, 100, 0.9};
    result.energy_j = 2e-6;
    outcomes[1].result = result;
    const std::string csv = sweep_csv(axes, outcomes);
    EXPECT_THAT(csv, HasSubstr("1,failed"));
    EXPECT_THAT(csv, HasSubstr("4,ok,0.5,0.40"));  // Wilson's interval of 50 of 100: 0.404 to 0.596
    EXPECT_THAT(sweep_html("t", axes, outcomes), HasSubstr("top-1 accuracy"));
}

}  // namespace
