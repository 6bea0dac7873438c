// SPDX-License-Identifier: Apache-2.0
/// `vp bench`: its arguments and its table; what it measures depends on the machine.
#include "vp_process.h"

#include <gmock/gmock.h>

namespace imc::app {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(BenchCommand, ListsTheBarsWithoutMeasuring)
{
    const VpProcess vp;
    const auto outcome = vp.run("bench --list");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    // Issue's bars: 0.7 s, 1.5 s and 500 MiB, 2 s bit-serial, traces, MIPS, MAC/s, images/s.
    for (const char* line :
         {"resnet18_bwq  *< 0.70 s", "resnet18_imagenet_bwq  *< 1.50 s", "memory  *< 500 MiB",
          "bit-serial path  *< 2.00 s", "traces on  *< 2.00 x", "firmware, .*>= 500 MIPS",
          "every conversion, .*>= 6.00e.09 MAC/s", "read noise, .*>= 1.00e.09 MAC/s",
          "ResNet-20, .*>= 300 images/s", "fast path  *< 1.50 s", "pass-exact  *< 5.00 s",
          "MNIST MLP .*>= 2000 images/s", "resnet18_rapidnn  *< 2.00 s"})
        EXPECT_THAT(outcome.out, ContainsRegex(line));
}

TEST(BenchCommand, MeasuresTheBarsThatAreNamed)
{
    const VpProcess vp;
    const auto outcome = vp.run("bench --repeat 1 imagenet_bwq,.mem resnet18_rapidnn");
    EXPECT_EQ(outcome.status, 2) << "no regular expressions: " << outcome.out;
    const auto measured = vp.run("bench --repeat 1 resnet18_rapidnn");
    ASSERT_EQ(measured.status, 0) << measured.err;
    EXPECT_THAT(
        measured.out,
        ContainsRegex("resnet18_rapidnn  *< 2.00 s  *[0-9.]+ s  *[0-9.]+ s  *(pass|MISSED)"));
    EXPECT_THAT(measured.out, testing::Not(HasSubstr("MNIST")));
}

TEST(BenchCommand, BadArgumentsAreOneLine)
{
    const VpProcess vp;
    const auto name = vp.run("bench resnet99");
    EXPECT_EQ(name.status, 2);
    EXPECT_EQ(name.err,
              "vp bench: no bar's name contains 'resnet99'; `vp bench --list` names all\n");
    EXPECT_EQ(vp.run("bench --repeat 0").status, 2);
    EXPECT_EQ(vp.run("bench --repeat many").status, 2);
    EXPECT_EQ(vp.run("bench --help").status, 0);
}

}  // namespace
}  // namespace imc::app
