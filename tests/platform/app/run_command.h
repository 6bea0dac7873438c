// SPDX-License-Identifier: Apache-2.0
/// A folder in which `vp run` of a small shipped scenario is started, and its files are read.
#pragma once

#include "vp_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace imc::app {

using testing::HasSubstr;

class RunCommand : public testing::Test {
protected:
    Outcome run(const std::string& arguments, const std::string& out = "r") const
    {
        return vp.run("run --quiet " + VpProcess::scenario("resnet20_bwq") + " --out " + out + " " +
                      arguments);
    }
    nlohmann::json summary(const std::string& out = "r") const
    {
        return nlohmann::json::parse(vp.text_of(out + "/summary.json"));
    }
    /// The summary without what may differ between two runs.
    nlohmann::json figures(const std::string& out,
                           const std::vector<const char*>& without = {}) const
    {
        auto json = summary(out);
        json.erase("simulation");
        json.erase("command");
        for (const char* key : without)
            json.erase(key);
        return json;
    }
    static double energy_of(const nlohmann::json& json, const std::string& component)
    {
        for (const auto& entry : json["components"]) {
            if (entry["name"] == component) return entry["energy_j"];
        }
        ADD_FAILURE() << "no component " << component;
        return 0;
    }
    /// What the diagnosis says stands in its file, in the summary and, its first lines, on stderr.
    void expect_diagnosis(const Outcome& outcome) const
    {
        const std::vector<std::string> lines = summary()["diagnosis"];
        ASSERT_GT(lines.size(), 1u);
        std::string text;
        for (const std::string& line : lines)
            text += line + "\n";
        EXPECT_EQ(vp.text_of("r/diagnosis.txt"), text);
        EXPECT_THAT(outcome.err, HasSubstr("\n  " + lines[0] + "\n  " + lines[1] + "\n"));
        EXPECT_THAT(outcome.err, HasSubstr("r/diagnosis.txt"));
        EXPECT_THAT(vp.text_of("r/report.html"), HasSubstr("Who waits for what"));
    }
    /// Starts `vp ARGUMENTS`, sends `signals` one after the other once the shell's `condition`
    /// holds.
    Outcome signalled(const std::string& arguments, const std::string& condition,
                      const std::string& signals) const
    {
        return vp.run(arguments + " & pid=$!; until " + condition +
                      " || ! kill -0 $pid; do sleep 0.01; done; for s in " + signals +
                      "; do kill -$s $pid; sleep 0.01; done; wait $pid");
    }
    bool no_leftovers() const
    {
        for (const auto& entry : std::filesystem::directory_iterator(vp.folder())) {
            if (entry.path().string().find(".part") != std::string::npos) return false;
        }
        return true;
    }

    VpProcess vp;
};

}  // namespace imc::app
