// SPDX-License-Identifier: Apache-2.0
/// `vp sweep` with several draws of a point.
#include "vp_process.h"

#include <gmock/gmock.h>

#include <map>
#include <sstream>
#include <vector>

namespace imc::app {
namespace {

using testing::HasSubstr;

/// sweep.csv by column name, a map a row.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& csv)
{
    const auto cut = [](const std::string& line) {
        std::vector<std::string> fields;
        std::istringstream in(line);
        for (std::string field; std::getline(in, field, ',');)
            fields.push_back(field);
        return fields;
    };
    std::istringstream in(csv);
    std::string line;
    std::getline(in, line);
    const auto names = cut(line);
    std::vector<std::map<std::string, std::string>> rows;
    while (std::getline(in, line)) {
        const auto fields = cut(line);
        rows.emplace_back();
        for (std::size_t i = 0; i < fields.size(); ++i)
            rows.back()[names.at(i)] = fields[i];
    }
    return rows;
}

class SweepAverage : public testing::Test {
protected:
    Outcome sweep(const std::string& arguments) const
    {
        return vp.run("sweep " + VpProcess::scenario("accuracy_column") +
                      " --set run.images=40 --set run.check=none --jobs 1 --out s " + arguments);
    }
    VpProcess vp;
};

TEST_F(SweepAverage, MeansOverSeedsAreThoseOfTheSingleRuns)
{
    vp.write("points.txt",
             "# two draws of noisy cells, two widths\n"
             "platform.crossbar.device.device_sigma=0.2 platform.crossbar.device.seed=1,2 "
             "quantization.column.adc_bits=2,5\n\n");
    const auto single = sweep("--list points.txt");
    ASSERT_EQ(single.status, 0) << single.err;
    const auto all = rows_of(vp.text_of("s/sweep.csv"));
    ASSERT_EQ(all.size(), 4u);
    std::map<std::string, double> sum;
    for (const auto& row : all)
        sum[row.at("quantization.column.adc_bits")] += std::stod(row.at("top1"));
    EXPECT_GT(sum["5"], sum["2"]);  // calibrated alone, 2 bits lose most of the accuracy

    const auto averaged = sweep("--list points.txt --average platform.crossbar.device.seed");
    ASSERT_EQ(averaged.status, 0) << averaged.err;
    EXPECT_THAT(averaged.err + averaged.out, HasSubstr("4 of 4 points are there already"));
    const auto means = rows_of(vp.text_of("s/sweep.csv"));
    ASSERT_EQ(means.size(), 2u);
    for (const auto& row : means) {
        EXPECT_EQ(row.at("runs"), "2");
        EXPECT_NEAR(std::stod(row.at("top1")), sum[row.at("quantization.column.adc_bits")] / 2,
                    1e-12);
        EXPECT_LE(std::stod(row.at("top1_low")), std::stod(row.at("top1")));
        EXPECT_GE(std::stod(row.at("top1_high")), std::stod(row.at("top1")));
    }
    EXPECT_THAT(vp.text_of("s/top1.svg"), HasSubstr("quantization.column.adc_bits"));
}

TEST_F(SweepAverage, ALineOfAListIsRefusedLikeAGrid)
{
    vp.write("points.txt", "quantization.column.adc_bits=2,,3\n");
    EXPECT_THAT(sweep("--list points.txt").err, HasSubstr("has an empty value"));
    vp.write("points.txt", "adc_bits\n");
    EXPECT_THAT(sweep("--list points.txt").err, HasSubstr("is not key.path=v1,v2"));
    EXPECT_FALSE(vp.exists("s"));
}

}  // namespace
}  // namespace imc::app
