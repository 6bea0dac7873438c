// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"
#include "report/statistics.h"
#include "report/text_file.h"

#include "common/error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace {

using imc::report::RunResult;

RunResult sample()
{
    RunResult r;
    r.scenario = "resnet18_bwq";
    r.vp_version = "0.1.0";
    r.network = {"resnet18", 100, 50, "synthetic", "seed 1"};
    r.host.instructions = 1234;
    r.energy_j = 0.1;
    r.layers.push_back({});
    r.layers[0].name = "conv1";
    r.layers[0].energy_by = {{"adc", 0.1}};
    r.components.push_back({});
    r.components[0].name = "adc";
    r.components[0].events = {{"conversion", 5, 2, 1e-11, false}};
    r.warnings = {"3 conversions clipped"};
    return r;
}

std::string folder()
{
    const std::string path = ::testing::TempDir() + "imc_summary_test";
    std::filesystem::create_directories(path);
    return path;
}

std::string message_of(const std::string& text)
{
    const std::string path = folder() + "/bad.json";
    imc::report::write_text_file(path, text);
    try {
        imc::report::read_summary(path);
    } catch (const imc::InputError& error) {
        return error.what();
    }
    return "";
}

TEST(Summary, HasTheFieldsThatOthersRead)
{
    const auto json = imc::report::summary_json(sample());
    for (const char* key : {"schema",       "scenario",
                            "vp_version",   "seed",
                            "status",       "network",
                            "quantization", "platform",
                            "host",         "images",
                            "latency_s",    "throughput_ips",
                            "energy_j",     "external_energy_j",
                            "edp_js",       "power_w",
                            "area_mm2",     "ops",
                            "tops",         "tops_per_w",
                            "setup",        "accuracy",
                            "reference",    "layers",
                            "components",   "simulation"})
        EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_TRUE(json["accuracy"].is_null());
    EXPECT_TRUE(json["reference"]["sqnr_db"].is_null());
}

TEST(Summary, ReadsBackWhatWasWritten)
{
    const RunResult before = sample();
    imc::report::write_summary(before, folder());
    const RunResult after = imc::report::read_summary(folder());
    EXPECT_EQ(imc::report::summary_json(before).dump(), imc::report::summary_json(after).dump());
}

TEST(Summary, BadFilesAreNamedInOneLine)
{
    EXPECT_NE(message_of("{").find("is not valid JSON"), std::string::npos);
    EXPECT_NE(message_of("{}").find("\"schema\" is missing"), std::string::npos);
    EXPECT_NE(message_of("{\"schema\": 9}").find("schema is 9"), std::string::npos);
    EXPECT_NE(message_of("{\"schema\": 1, \"scenario\": 3}").find("wrong type"), std::string::npos);
    EXPECT_THROW(imc::report::read_summary("/nowhere/at/all"), imc::InputError);
}

TEST(Wilson, AgreesWithPublishedIntervals)
{
    // Newcombe, Statistics in Medicine 1998, Table I: 81/263 -> 0.2553..0.3662, 0/20 -> 0..0.1611.
    const auto [low, high] = imc::report::wilson_interval(81.0 / 263.0, 263);
    EXPECT_NEAR(low, 0.2553, 5e-5);
    EXPECT_NEAR(high, 0.3662, 5e-5);
    EXPECT_NEAR(imc::report::wilson_interval(0.0, 20).second, 0.1611, 5e-5);
}

}  // namespace
