// SPDX-License-Identifier: Apache-2.0
/// Starts the built `vp` program as a user would, in a folder of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace imc::app {

struct Outcome {
    int status = -1;  ///< exit status, or 128 + signal
    std::string out, err;
};

class VpProcess {
public:
    VpProcess()
    {
        char name[] = "/tmp/imcvp_cli_XXXXXX";
        m_folder = mkdtemp(name);
        setenv("VP_ROOT", IMC_SOURCE_DIR, 1);
        unsetenv("VP_DATA");
    }
    ~VpProcess() { std::filesystem::remove_all(m_folder); }

    const std::string& folder() const { return m_folder; }
    static std::string scenario(const std::string& name)
    {
        return std::string(IMC_SOURCE_DIR) + "/scenarios/" + name + ".yaml";
    }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(m_folder + "/" + name, std::ios::binary) << text;
    }
    bool exists(const std::string& name) const
    {
        return std::filesystem::exists(m_folder + "/" + name);
    }

    /// `vp ARGUMENTS` through the shell, with the folder as working folder.
    Outcome run(const std::string& arguments) const
    {
        const std::string command = "cd " + m_folder + " && ( " + IMC_BINARY_DIR +
                                    "/platform/app/vp-bin " + arguments +
                                    " ) >.stdout 2>.stderr </dev/null";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                text_of(".stdout"), text_of(".stderr")};
    }

    std::string text_of(const std::string& name) const
    {
        std::ifstream in(m_folder + "/" + name, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

private:
    std::string m_folder;
};

}  // namespace imc::app
