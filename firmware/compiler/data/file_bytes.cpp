// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/file_bytes.h"

#include "common/error.h"

#include <filesystem>
#include <fstream>

namespace imc::compiler {

std::string read_file(const std::string& path)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        throw InputError(path + ": is a folder, a file is needed");
    std::ifstream file(path, std::ios::binary);
    const auto size = std::filesystem::file_size(path, error);
    if (!file || error) throw InputError(path + ": cannot be opened; is the path right?");
    std::string bytes(size, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!file) throw InputError(path + ": cannot be read to its end");
    return bytes;
}

}  // namespace imc::compiler
