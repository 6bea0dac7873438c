// SPDX-License-Identifier: Apache-2.0
/// What an associative processor did, as exact counts; the cost room turns them into time and
/// energy.
#pragma once

#include <cstdint>

namespace imc::associative {

/// Counts of one or more operations. A pass is one compare cycle and one write cycle. "Lines" are
/// match lines: a row in ordinary (horizontal) passes, a bit column of a segment in 2D (vertical)
/// passes.
struct Counts {
    std::uint64_t compare_cycles = 0;   ///< compares, one cycle each, all arrays in step
    std::uint64_t write_cycles = 0;     ///< writes to tagged cells and presets, one cycle each
    std::uint64_t load_cycles = 0;      ///< column- or row-wise writes from outside, one cycle each
    std::uint64_t read_cycles = 0;      ///< column- or row-wise reads, one cycle each
    std::uint64_t row_compares = 0;     ///< match lines of rows precharged (active rows x compares)
    std::uint64_t column_compares = 0;  ///< match lines of columns precharged (2D operation)
    std::uint64_t matches = 0;          ///< lines that matched
    std::uint64_t written = 0;          ///< cells written through tags or by a preset
    std::uint64_t flips = 0;            ///< written cells whose value changed
    std::uint64_t io_bits_in = 0;       ///< bits written through column or row I/O
    std::uint64_t io_bits_out = 0;      ///< bits read through column or row I/O

    std::uint64_t cycles() const
    {
        return compare_cycles + write_cycles + load_cycles + read_cycles;
    }

    Counts& operator+=(const Counts& other)
    {
        compare_cycles += other.compare_cycles;
        write_cycles += other.write_cycles;
        load_cycles += other.load_cycles;
        read_cycles += other.read_cycles;
        row_compares += other.row_compares;
        column_compares += other.column_compares;
        matches += other.matches;
        written += other.written;
        flips += other.flips;
        io_bits_in += other.io_bits_in;
        io_bits_out += other.io_bits_out;
        return *this;
    }

    bool operator==(const Counts& other) const
    {
        return compare_cycles == other.compare_cycles && write_cycles == other.write_cycles &&
               load_cycles == other.load_cycles && read_cycles == other.read_cycles &&
               row_compares == other.row_compares && column_compares == other.column_compares &&
               matches == other.matches && written == other.written && flips == other.flips &&
               io_bits_in == other.io_bits_in && io_bits_out == other.io_bits_out;
    }
};

}  // namespace imc::associative
