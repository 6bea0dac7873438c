// SPDX-License-Identifier: Apache-2.0
#include "host/common/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/error.h"

namespace imc::host {

namespace {

constexpr std::uint64_t max_segment_bytes = 1ull << 28;

/// The bytes of a file with checked access to its structures.
class File {
public:
    explicit File(const std::string& path) : m_path(path)
    {
        std::ifstream stream(path, std::ios::binary);
        if (!stream) fail("cannot be opened; check the path");
        m_bytes.assign(std::istreambuf_iterator<char>(stream), {});
    }

    [[noreturn]] void fail(const std::string& what) const
    {
        throw InputError(m_path + ": " + what);
    }

    const char* at(std::uint64_t offset, std::uint64_t length, const char* what) const
    {
        if (offset > m_bytes.size() || length > m_bytes.size() - offset)
            fail(std::string("truncated ELF file: ") + what + " lies beyond its end");
        return m_bytes.data() + offset;
    }

    template <typename T>
    T get(std::uint64_t offset, const char* what) const
    {
        T value;
        std::memcpy(&value, at(offset, sizeof value, what), sizeof value);
        return value;
    }

    /// A NUL-terminated string inside a string table.
    std::string text(const Elf64_Shdr& table, std::uint64_t index) const
    {
        if (index >= table.sh_size)
            fail("malformed ELF file: a symbol's name lies outside its table");
        const char* begin = at(table.sh_offset + index, table.sh_size - index, "a symbol's name");
        return std::string(begin, strnlen(begin, table.sh_size - index));
    }

private:
    std::string m_path;
    std::vector<char> m_bytes;
};

Elf64_Ehdr read_header(const File& file)
{
    const char* magic = file.at(0, SELFMAG, "the header");
    if (std::memcmp(magic, ELFMAG, SELFMAG) != 0) file.fail("not an ELF file");
    const auto header = file.get<Elf64_Ehdr>(0, "the header");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != EM_RISCV)
        file.fail("not a little-endian 64-bit RISC-V file; build it with riscv64-unknown-elf-gcc");
    if (header.e_type != ET_EXEC)
        file.fail("not an executable ELF file; link it statically at a fixed address");
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
        file.fail("malformed ELF file: no program headers");
    return header;
}

Elf::Segment read_segment(const File& file, const Elf64_Phdr& program)
{
    if (program.p_filesz > program.p_memsz || program.p_memsz > max_segment_bytes)
        file.fail("malformed ELF file: a segment's size makes no sense");
    Elf::Segment segment;
    segment.address = program.p_paddr;
    const char* data = file.at(program.p_offset, program.p_filesz, "a segment");
    segment.data.assign(data, data + program.p_filesz);
    segment.data.resize(program.p_memsz, 0);
    return segment;
}

void read_functions(const File& file, const Elf64_Ehdr& header, Elf& elf)
{
    const auto section = [&](unsigned index) {
        if (index >= header.e_shnum) file.fail("malformed ELF file: a section does not exist");
        return file.get<Elf64_Shdr>(header.e_shoff + index * sizeof(Elf64_Shdr),
                                    "a section header");
    };
    for (unsigned i = 0; i < header.e_shnum; ++i) {
        const Elf64_Shdr symbols = section(i);
        if (symbols.sh_type != SHT_SYMTAB) continue;
        const Elf64_Shdr names = section(symbols.sh_link);
        file.at(symbols.sh_offset, symbols.sh_size, "the symbol table");
        for (std::uint64_t k = 0; k < symbols.sh_size / sizeof(Elf64_Sym); ++k) {
            const auto symbol = file.get<Elf64_Sym>(symbols.sh_offset + k * sizeof(Elf64_Sym), "");
            if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF)
                elf.functions.push_back(
                    {symbol.st_value, symbol.st_size, file.text(names, symbol.st_name)});
        }
    }
    std::sort(elf.functions.begin(), elf.functions.end(), [](const auto& a, const auto& b) {
        return a.address != b.address ? a.address < b.address : a.name < b.name;
    });
}

}  // namespace

Elf read_elf(const std::string& path)
{
    const File file(path);
    const Elf64_Ehdr header = read_header(file);
    Elf elf;
    elf.entry = header.e_entry;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        const auto program =
            file.get<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr), "a program header");
        if (program.p_type == PT_LOAD && program.p_memsz != 0)
            elf.segments.push_back(read_segment(file, program));
    }
    if (elf.segments.empty()) file.fail("ELF file without anything to load");
    read_functions(file, header, elf);
    return elf;
}

const Elf::Function* function_at(const std::vector<Elf::Function>& functions, std::uint64_t address)
{
    const auto later = [](std::uint64_t a, const Elf::Function& f) { return a < f.address; };
    auto next = std::upper_bound(functions.begin(), functions.end(), address, later);
    if (next == functions.begin()) return nullptr;
    --next;
    return next->size == 0 || address - next->address < next->size ? &*next : nullptr;
}

}  // namespace imc::host
