// SPDX-License-Identifier: Apache-2.0
/// Bad firmware files are bad input: one line each, never a crash.
#include "host/common/elf.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "common/error.h"

namespace {

using imc::InputError;
using testing::HasSubstr;

/// A minimal valid executable: header, one segment of four bytes.
std::string minimal()
{
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_entry = 0x80000000;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_paddr = 0x80000000;
    segment.p_filesz = 4;
    segment.p_memsz = 16;
    std::string file(reinterpret_cast<char*>(&header), sizeof header);
    file.append(reinterpret_cast<char*>(&segment), sizeof segment);
    return file + "code";
}

Elf64_Ehdr& header_of(std::string& file)
{
    return *reinterpret_cast<Elf64_Ehdr*>(file.data());
}
Elf64_Phdr& segment_of(std::string& file)
{
    return *reinterpret_cast<Elf64_Phdr*>(file.data() + sizeof(Elf64_Ehdr));
}

/// What the reader says of a file with these bytes; empty if it takes it.
std::string complaint(const std::string& bytes)
{
    const std::string path = testing::TempDir() + "imc_elf_test_" +
                             testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ofstream(path, std::ios::binary) << bytes;
    try {
        imc::host::read_elf(path);
        return "";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr(path));
        return error.what();
    }
}

TEST(Elf, ReadsSegmentsWithTheirZeros)
{
    const std::string path = testing::TempDir() + "imc_elf_test_good";
    std::ofstream(path, std::ios::binary) << minimal();
    const auto elf = imc::host::read_elf(path);
    EXPECT_EQ(elf.entry, 0x80000000u);
    ASSERT_EQ(elf.segments.size(), 1u);
    ASSERT_EQ(elf.segments[0].data.size(), 16u);
    EXPECT_EQ(elf.segments[0].data[3], 'e');
    EXPECT_EQ(elf.segments[0].data[4], 0);
}

TEST(Elf, NamesWhatIsWrong)
{
    EXPECT_THROW(imc::host::read_elf("/nonexistent/firmware.elf"), InputError);
    EXPECT_THAT(complaint(""), HasSubstr("truncated"));
    EXPECT_THAT(complaint("#!/bin/sh\n"), HasSubstr("not an ELF file"));
    EXPECT_THAT(complaint(minimal().substr(0, 40)), HasSubstr("truncated"));
    EXPECT_THAT(complaint(minimal().substr(0, 80)), HasSubstr("truncated"));
    EXPECT_THAT(complaint(minimal().substr(0, minimal().size() - 1)), HasSubstr("truncated"));
    std::string file = minimal();
    header_of(file).e_machine = EM_X86_64;
    EXPECT_THAT(complaint(file), HasSubstr("RISC-V"));
    file = minimal();
    header_of(file).e_ident[EI_CLASS] = ELFCLASS32;
    EXPECT_THAT(complaint(file), HasSubstr("64-bit"));
    file = minimal();
    header_of(file).e_type = ET_DYN;
    EXPECT_THAT(complaint(file), HasSubstr("link it statically"));
    file = minimal();
    header_of(file).e_phnum = 0;
    EXPECT_THAT(complaint(file), HasSubstr("program headers"));
    file = minimal();
    segment_of(file).p_memsz = 2;
    EXPECT_THAT(complaint(file), HasSubstr("size"));
    file = minimal();
    segment_of(file).p_memsz = 1ull << 40;
    EXPECT_THAT(complaint(file), HasSubstr("size"));
    file = minimal();
    segment_of(file).p_type = PT_NOTE;
    EXPECT_THAT(complaint(file), HasSubstr("anything to load"));
    file = minimal();
    header_of(file).e_shnum = 3;
    header_of(file).e_shoff = 1ull << 50;
    EXPECT_THAT(complaint(file), HasSubstr("section header"));
}

}  // namespace
