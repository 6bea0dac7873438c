// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include "common/error.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace imc::run {

namespace fs = std::filesystem;

namespace {

constexpr const char* aside_mark = ".part";

/// Removes what runs into the same folder left aside when they were killed.
void remove_stale(const fs::path& target)
{
    const std::string start = target.filename().string() + aside_mark;
    const fs::path parent = target.has_parent_path() ? target.parent_path() : ".";
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(parent, code)) {
        const std::string name = entry.path().filename().string();
        if (name.rfind(start, 0) != 0 || name.size() == start.size()) continue;
        char* end = nullptr;
        const long pid = std::strtol(name.c_str() + start.size(), &end, 10);
        if (*end != '\0' || pid <= 0) continue;
        if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH)
            fs::remove_all(entry.path(), code);
    }
}

}  // namespace

RunFolder::RunFolder(std::string target) : m_target(std::move(target))
{
    while (m_target.size() > 1 && m_target.back() == '/')
        m_target.pop_back();
    std::error_code code;
    const bool taken = fs::exists(m_target, code);
    if (taken && !fs::exists(m_target + "/summary.json", code) &&
        !(fs::is_directory(m_target, code) && fs::is_empty(m_target, code)))
        throw InputError(m_target + ": exists and is no run's folder; name another with --out");
    remove_stale(m_target);
    m_aside = m_target + aside_mark + std::to_string(getpid());
    fs::remove_all(m_aside, code);
    if (!fs::create_directories(m_aside, code))
        throw InputError(m_target + ": cannot be made (" + code.message() +
                         "); name another folder with --out");
}

RunFolder::~RunFolder()
{
    std::error_code code;
    if (!m_kept) fs::remove_all(m_aside, code);
}

void RunFolder::keep()
{
    std::error_code code;
    const std::string old = m_aside + ".old";
    if (fs::exists(m_target, code)) fs::rename(m_target, old, code);
    fs::rename(m_aside, m_target, code);
    if (code)
        throw InputError(m_target + ": cannot be put in place (" + code.message() +
                         "); name another folder with --out");
    m_kept = true;
    fs::remove_all(old, code);
}

}  // namespace imc::run
