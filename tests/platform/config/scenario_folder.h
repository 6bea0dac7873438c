// SPDX-License-Identifier: Apache-2.0
/// A folder with a sound scenario, its platform, technology and network, for tests that spoil one
/// thing.
#pragma once

#include "config/scenario.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace imc::config {

class ScenarioFolder {
public:
    ScenarioFolder()
    {
        char name[] = "/tmp/imcvp_config_XXXXXX";
        m_folder = mkdtemp(name);
        unsetenv("VP_DATA");
        write("p.yaml", "name: p\ntiles: 4\ncrossbar: {rows: 64, sign: diff_analog}\n");
        write("t.yaml",
              "name: t\nadc:\n  conversion_pj: {value: 0.5, unit: pJ, source: a paper}\n");
        write("n.onnx", "not read by these tests");
    }
    ~ScenarioFolder() { std::filesystem::remove_all(m_folder); }

    void write(const std::string& name, const std::string& text) const
    {
        const auto path = m_folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    std::string path(const std::string& name) const { return (m_folder / name).string(); }

    /// Lines of a sound scenario but for platform, technology and network when `keys` gives those.
    static std::string scenario(const std::string& keys)
    {
        const auto lacks = [&](const char* key) {
            return ("\n" + keys).find(std::string("\n") + key) == std::string::npos;
        };
        std::string text = keys;
        if (lacks("network:")) text += "network: {onnx: n.onnx}\n";
        if (lacks("platform:")) text += "platform: p.yaml\n";
        if (lacks("technology:")) text += "technology: t.yaml\n";
        return text;
    }

    /// Loads `s.yaml`; the error lines without the folder's name, empty if nothing is wrong.
    std::vector<std::string> errors(const LoadOptions& options = {}) const
    {
        try {
            load_scenario(path("s.yaml"), options);
        } catch (const ConfigError& e) {
            std::vector<std::string> lines = e.lines();
            const std::string folder = m_folder.string() + "/";
            for (auto& line : lines) {
                for (std::size_t at; (at = line.find(folder)) != std::string::npos;)
                    line.erase(at, folder.size());
            }
            return lines;
        }
        return {};
    }

private:
    std::filesystem::path m_folder;
};

}  // namespace imc::config
