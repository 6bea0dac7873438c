// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include "common/error.h"

#include <unistd.h>

#include <filesystem>

namespace imc::run {

namespace fs = std::filesystem;

RunFolder::RunFolder(std::string target) : m_target(std::move(target))
{
    while (m_target.size() > 1 && m_target.back() == '/')
        m_target.pop_back();
    std::error_code code;
    const bool taken = fs::exists(m_target, code);
    if (taken && !fs::exists(m_target + "/summary.json", code) &&
        !(fs::is_directory(m_target, code) && fs::is_empty(m_target, code)))
        throw InputError(m_target + ": exists and is no run's folder; name another with --out");
    m_aside = m_target + ".part" + std::to_string(getpid());
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
