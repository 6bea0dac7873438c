// SPDX-License-Identifier: Apache-2.0
/// A file that is written in large pieces, each ending at the end of a record, so that an
/// interrupted run leaves only whole records behind.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace imc::trace {

class OutputFile {
public:
    /// Creates `path`. Throws InputError naming path and reason.
    explicit OutputFile(std::string path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// Where records are appended; end_record() after each.
    std::string& buffer() { return m_buffer; }
    void end_record()
    {
        if (m_buffer.size() >= flush_bytes) flush();
    }
    void flush();
    /// Flushes and closes. Throws InputError if anything could not be written. A second call does
    /// nothing.
    void close();
    const std::string& path() const { return m_path; }

private:
    static constexpr std::size_t flush_bytes = std::size_t{1} << 20;

    std::string m_path;
    std::string m_buffer;
    std::FILE* m_file = nullptr;
    bool m_failed =
        false;  ///< reported at close(): a full disk must not stop a running simulation half-way
};

}  // namespace imc::trace
