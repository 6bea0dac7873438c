// SPDX-License-Identifier: Apache-2.0
/// A folder of the test's own that goes with it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace imc::test {

class TempFolder {
public:
    TempFolder()
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        const std::string name = std::string("imc_") + info->test_suite_name() + "_" +
                                 info->name() + "_" + std::to_string(getpid());
        std::string plain = name;
        for (char& c : plain)
            if (c == '/') c = '_';
        m_path = std::filesystem::temp_directory_path() / plain;
        std::filesystem::create_directories(m_path);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder()
    {
        std::error_code error;
        std::filesystem::remove_all(m_path, error);
    }

    std::string path(const std::string& name) const { return (m_path / name).string(); }

    /// Writes a file, with its folders; returns its path.
    std::string write(const std::string& name, const std::string& bytes) const
    {
        std::filesystem::create_directories((m_path / name).parent_path());
        std::ofstream(m_path / name, std::ios::binary) << bytes;
        return path(name);
    }

private:
    std::filesystem::path m_path;
};

}  // namespace imc::test
