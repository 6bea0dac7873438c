// SPDX-License-Identifier: Apache-2.0
/// A run's folder: written aside, put in its place whole or not at all.
#pragma once

#include <string>

namespace imc::run {

class RunFolder {
public:
    /// Makes an empty folder beside `target`; what killed runs left there goes. Throws InputError
    /// if `target` exists and is no run's folder (it would be replaced), or nothing can be written
    /// there.
    explicit RunFolder(std::string target);
    /// Removes what was written unless keep() was called.
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    const std::string& path() const { return m_aside; }
    const std::string& target() const { return m_target; }
    std::string file(const std::string& name) const { return m_aside + "/" + name; }
    /// Replaces `target` by what was written.
    void keep();

private:
    std::string m_target, m_aside;
    bool m_kept = false;
};

}  // namespace imc::run
