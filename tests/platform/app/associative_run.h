// SPDX-License-Identifier: Apache-2.0
/// Runs on associative processors, without traces.
#pragma once

#include "vp_process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace imc::app {

using nlohmann::json;

class AssociativeRun : public testing::Test {
protected:
    json run(const std::string& scenario, const std::string& arguments = "") const
    {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario(scenario) + " --out r" + quiet + arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        const auto summary = json::parse(vp.text_of("r/summary.json"));
        EXPECT_EQ(summary["reference"]["mismatches"], 0);
        EXPECT_GT(summary["reference"]["compared"].get<int>(), 0);
        return summary;
    }
    static json layer(const json& summary, const std::string& name)
    {
        for (const auto& row : summary["layers"])
            if (row["name"] == name) return row;
        ADD_FAILURE() << "no layer " << name;
        return {};
    }
    static double cycles(const json& summary, const std::string& name)
    {
        return layer(summary, name)["observed"]["cap.product_cycles"];
    }

    const std::string quiet =
        " --set trace.perfetto=false --set trace.vcd=false "
        "--set trace.html=false --set host.cpu=native ";
    VpProcess vp;
};

}  // namespace imc::app
