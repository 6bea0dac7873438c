// SPDX-License-Identifier: Apache-2.0
/// Scenarios with one thing wrong, each with the line that says it.
#pragma once

#include "scenario_folder.h"

#include <gmock/gmock.h>

#include <ostream>

namespace imc::config {

struct Case {
    const char* name;
    const char* keys;  ///< of s.yaml; the rest of a sound scenario follows
    const char* line;  ///< expected
};

/// ctest names the case by this.
inline void PrintTo(const Case& test, std::ostream* out)
{
    *out << test.name;
}

inline void expect_line(const Case& test)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(test.keys));
    EXPECT_THAT(folder.errors(), testing::ElementsAre(test.line));
}

}  // namespace imc::config
