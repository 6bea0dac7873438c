// SPDX-License-Identifier: Apache-2.0
#include "accelerator/kernel/program.h"

#include "common/crc32.h"

#include <cstring>

namespace imc::accelerator {

namespace {

[[noreturn]] void fail(const std::string& text)
{
    throw ProgramError(IMC_ERROR_BAD_PROGRAM, "program: " + text);
}

void check_table(const imc_table& table, std::uint64_t entry_bytes, std::uint64_t end,
                 const char* name)
{
    const bool fits = table.offset >= sizeof(imc_program_header) && table.offset <= end &&
                      table.count <= (end - table.offset) / entry_bytes;
    if (table.entry_bytes != entry_bytes || table.offset % 8 != 0 || !fits)
        fail(std::string("table of ") + name +
             " lies outside, is misaligned or has another entry size");
}

template <typename T>
std::vector<T> copy_table(const imc_table& table, const std::vector<unsigned char>& image,
                          const char* name)
{
    check_table(table, sizeof(T), image.size(), name);
    std::vector<T> entries(table.count);
    if (!entries.empty())
        std::memcpy(entries.data(), image.data() + table.offset, table.count * sizeof(T));
    return entries;
}

}  // namespace

void check_header(const imc_program_header& header, std::uint64_t total_bytes)
{
    if (header.magic != IMC_PROGRAM_MAGIC) fail("bad magic");
    if (header.version != IMC_PROGRAM_VERSION)
        fail("version " + std::to_string(header.version) + ", this accelerator takes " +
             std::to_string(IMC_PROGRAM_VERSION));
    imc_program_header copy = header;
    copy.header_crc = 0;
    if (crc32(&copy, sizeof copy) != header.header_crc) fail("header CRC is wrong");
    if (header.total_bytes != total_bytes) fail("length differs from the descriptor's");
    if (header.payload_offset < sizeof header || header.payload_offset > total_bytes ||
        header.payload_offset > max_table_bytes)
        fail("payload offset is out of range");
    if (header.layers.count > 0xFFFE || header.stages.count > max_stages)
        throw ProgramError(IMC_ERROR_CAPACITY,
                           "program: more layers or stages than the accelerator has room for");
}

Program read_tables(const imc_program_header& header, const std::vector<unsigned char>& image)
{
    if (image.size() != header.payload_offset) fail("tables are incomplete");
    if (crc32(image.data() + sizeof header, image.size() - sizeof header) != header.table_crc)
        fail("table CRC is wrong");
    Program program;
    program.header = header;
    program.layers = copy_table<imc_layer>(header.layers, image, "layers");
    program.stages = copy_table<imc_stage>(header.stages, image, "stages");
    program.routes = copy_table<imc_route>(header.routes, image, "routes");
    program.blobs = copy_table<imc_blob_ref>(header.blobs, image, "blobs");
    program.strings = copy_table<char>(header.strings, image, "strings");
    program.strings.push_back('\0');
    return program;
}

}  // namespace imc::accelerator
