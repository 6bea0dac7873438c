// SPDX-License-Identifier: Apache-2.0
/// A folder for files that nobody wants to keep.
#pragma once

#include "common/error.h"
#include "interrupt.h"

#include <filesystem>
#include <optional>
#include <string>

#include <stdlib.h>

namespace imc::app {

class Scratch {
public:
    Scratch()
    {
        std::string name = (std::filesystem::temp_directory_path() / "vp_XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw InputError(name + ": cannot be made; set TMPDIR to a folder with space");
        m_path = name;
        m_removed.emplace(m_path);
    }
    ~Scratch()
    {
        std::error_code code;
        std::filesystem::remove_all(m_path, code);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
    std::optional<RemovedAtInterrupt> m_removed;
};

}  // namespace imc::app
