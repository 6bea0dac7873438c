// SPDX-License-Identifier: Apache-2.0
#include "trace/output_file.h"

#include "common/error.h"

#include <cerrno>
#include <cstring>

namespace imc::trace {

OutputFile::OutputFile(std::string path)
    : m_path(std::move(path)), m_file(std::fopen(m_path.c_str(), "wb"))
{
    if (m_file == nullptr) throw InputError(m_path + ": cannot write: " + std::strerror(errno));
    std::setvbuf(m_file, nullptr, _IONBF, 0);
    m_buffer.reserve(flush_bytes + flush_bytes / 8);
}

OutputFile::~OutputFile()
{
    flush();
    if (m_file != nullptr) std::fclose(m_file);
}

void OutputFile::flush()
{
    if (m_file != nullptr &&
        std::fwrite(m_buffer.data(), 1, m_buffer.size(), m_file) != m_buffer.size())
        m_failed = true;
    m_buffer.clear();
}

void OutputFile::close()
{
    if (m_file == nullptr) return;
    flush();
    if (std::fclose(m_file) != 0) m_failed = true;
    m_file = nullptr;
    if (m_failed) throw InputError(m_path + ": could not be written in full; is the disk full?");
}

}  // namespace imc::trace
