// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/mapped_file.h"

#include "common/error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imc::compiler {

MappedFile::MappedFile(const std::string& path)
{
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw InputError(path + ": cannot be opened; is the path right?");
    struct stat status {};
    const bool known = fstat(file, &status) == 0;
    if (known && S_ISREG(status.st_mode) && status.st_size > 0) {
        m_size = static_cast<std::size_t>(status.st_size);
        m_data = mmap(nullptr, m_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    }
    close(file);
    if (!known || !S_ISREG(status.st_mode))
        throw InputError(path + ": is a folder or device, not an ONNX file");
    if (m_data == MAP_FAILED) throw InputError(path + ": cannot be read");
}

MappedFile::~MappedFile()
{
    if (m_data != nullptr) munmap(m_data, m_size);
}

}  // namespace imc::compiler
