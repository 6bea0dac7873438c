// SPDX-License-Identifier: Apache-2.0
/// Executables for the rv64 host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imc::host {

/// What of an ELF file a loader and a tracer need.
struct Elf {
    struct Segment {
        std::uint64_t address = 0;        ///< physical
        std::vector<unsigned char> data;  ///< file bytes, then zeros up to the size in memory
    };
    struct Function {
        std::uint64_t address = 0, size = 0;
        std::string name;
    };

    std::uint64_t entry = 0;
    std::vector<Segment> segments;
    std::vector<Function> functions;  ///< by address; empty if the file is stripped
};

/// Reads a statically linked little-endian ELF64 executable for RISC-V. Throws InputError with one
/// line that names the file and what is wrong with it.
Elf read_elf(const std::string& path);

/// The function that `address` lies in, of functions sorted by address; nullptr if none. A label of
/// assembly code has size 0 and reaches to the next function.
const Elf::Function* function_at(const std::vector<Elf::Function>& functions,
                                 std::uint64_t address);

}  // namespace imc::host
