// SPDX-License-Identifier: Apache-2.0
/// Where the real networks and images lie, for tests that need them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace imc::test {

/// $VP_DATA, else ../shared/data beside the repository or beside its parent; empty if there is
/// none.
inline std::string data_folder()
{
    if (const char* data = std::getenv("VP_DATA");
        data != nullptr && std::filesystem::is_directory(data))
        return data;
    const std::filesystem::path source(IMC_SOURCE_DIR);
    for (const auto& candidate : {source / "../shared/data", source / "../../shared/data"})
        if (std::filesystem::is_directory(candidate)) return candidate.lexically_normal().string();
    return "";
}

}  // namespace imc::test

/// Declares `name`, the data folder, or skips the test where it is absent.
#define IMC_NEEDS_DATA(name)                           \
    const std::string name = imc::test::data_folder(); \
    if (name.empty()) GTEST_SKIP() << "no data folder: set VP_DATA to run this test"
