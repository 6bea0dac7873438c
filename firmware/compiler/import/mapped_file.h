// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: a file in memory without a copy.
#pragma once

#include <cstddef>
#include <string>

namespace imc::compiler {

/// Maps a file for reading. Throws InputError if it is missing, a folder or unreadable.
class MappedFile {
public:
    explicit MappedFile(const std::string& path);
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    const void* data() const { return m_data; }
    std::size_t size() const { return m_size; }

private:
    void* m_data = nullptr;
    std::size_t m_size = 0;
};

}  // namespace imc::compiler
