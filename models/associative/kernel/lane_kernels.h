// SPDX-License-Identifier: Apache-2.0
/// The vectorised inner loops, one table of functions an instruction set, chosen at run time. All
/// give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "associative/kernel/program.h"

namespace imc::associative {

/// Lanes of a register block: 512 rows, one bit each.
constexpr std::size_t block_words = 8;

/// One pass over whole bit columns of `words` 64-bit words (a multiple of block_words).
struct PassColumns {
    const std::uint64_t* const* key = nullptr;  ///< compared columns
    const std::uint64_t* invert =
        nullptr;  ///< per key: 0 compares with 1, all ones compares with 0
    std::size_t keys = 0;
    std::uint64_t* const* write = nullptr;  ///< written columns
    const std::uint64_t* value = nullptr;   ///< per write: 0 or all ones
    std::size_t writes = 0;
    const std::uint64_t* active = nullptr;  ///< rows that take part
    std::uint64_t* tags = nullptr;          ///< tag register
    std::size_t words = 0;
};

struct PassResult {
    std::uint64_t matches = 0;
    std::uint64_t flips = 0;
};

/// All passes of a known table over whole bit columns.
struct TableColumns {
    KnownTable table = KnownTable::none;
    std::uint64_t* column[role_count] = {};  ///< by role; unused ones are not touched
    const std::uint64_t* active = nullptr;
    std::size_t words = 0;
};

struct TableResult {
    std::uint64_t matches[PassTable::max_passes] = {};
    std::uint64_t flips = 0;
};

/// How the rows of one dot product are added up (section 7).
enum class Reduction {
    carry_save_tree,    ///< 2D, segmented: carry-save tree and one final ripple addition
    ripple_tree,        ///< 2D, segmented: a full addition a level
    serial_carry_save,  ///< 2D without segments: one row after the other
    row_io              ///< 1D: words move through the row port, additions as in ripple_tree
};

/// Matches of the passes of one job, by what they belong to and by the cells they write: [0] of
/// passes that write one, [1] of those that write two.
struct GemmTally {
    std::uint64_t multiply[2] = {};    ///< multiply_add and multiply_sub_biased
    std::uint64_t carry_save[2] = {};  ///< add_in_place in carry-save steps
    std::uint64_t shift = 0;           ///< carry bits moved one column up
    std::uint64_t ripple[2] = {};      ///< add_in_place in ripple additions
};

/// A block of dot products for the bit-plane kernel: 64 output channels x 8 positions, one lane a
/// dot product.
struct PlaneJob {
    const std::uint64_t* weights = nullptr;  ///< [length][weight_bits], bit c is channel c
    const std::uint8_t* inputs = nullptr;    ///< [length][activation_bits], bit p is position p
    std::size_t length = 0;                  ///< rows of a dot product, at most `rows`
    int weight_bits = 8;
    int activation_bits = 8;
    Reduction reduction = Reduction::carry_save_tree;
    std::uint64_t channels = 0;  ///< mask of valid channels
    std::uint8_t positions = 0;  ///< mask of valid positions
    int first_position = 0;      ///< of the register at work; 0 from outside
};

/// A block of dot products for the word kernel: one position x 32 output channels.
struct WordJob {
    const std::int16_t* weights = nullptr;  ///< [length][32]
    const std::uint16_t* inputs = nullptr;  ///< [length]
    std::size_t length = 0;
    int product_bits = 16;  ///< at most 16
    Reduction reduction = Reduction::carry_save_tree;
    std::uint32_t channels = 0;  ///< mask of valid channels
};

constexpr std::size_t count_channels = 64;  ///< granule of CountJob::stride
constexpr std::size_t count_entries = 256;  ///< weight codes a table row has room for

/// Multiplications of one position, for their counts.
struct CountJob {
    const std::uint8_t* codes = nullptr;  ///< weight codes [length][stride], 0 where no channel is
    std::size_t stride = 0;
    const std::uint16_t* inputs = nullptr;  ///< [length]
    std::size_t length = 0;
    /// [activation code][2][count_entries]: written cells and matches by weight code; the rows of
    /// activation code 0 and the entries of weight code 0 are all 0.
    const std::uint8_t* table = nullptr;
};

/// Sums of the word kernel's counts: matches of the adder passes, their written cells, carry bits
/// shifted.
struct WordTally {
    std::uint64_t carry_save_matches = 0;
    std::uint64_t carry_save_written = 0;
    std::uint64_t shift = 0;
    std::uint64_t ripple_matches = 0;
    std::uint64_t ripple_written = 0;
};

/// Counts of the passes of a word operation.
struct RowTally {
    std::uint64_t matches = 0;
    std::uint64_t written = 0;
    std::uint64_t flips = 0;
};

struct LaneKernels {
    PassResult (*pass)(const PassColumns& columns) = nullptr;
    TableResult (*table)(const TableColumns& columns) = nullptr;
    /// Multiplies and reduces; `sums` takes out_bits planes [bit][8 words] of the biased sums.
    void (*plane_gemm)(const PlaneJob& job, std::uint64_t* sums, GemmTally& tally) = nullptr;
    /// sums <- sums + addend by ripple passes over `bits` planes.
    void (*plane_add)(const std::uint64_t* addend, std::uint64_t* sums, int bits,
                      GemmTally& tally) = nullptr;
    /// Reduces; `sums` takes 32 biased sums.
    void (*word_gemm)(const WordJob& job, std::uint32_t* sums, WordTally& tally) = nullptr;
    /// Adds up written cells and matches; nullptr where the instruction set has no fast way.
    void (*count_products)(const CountJob& job, std::uint64_t& written,
                           std::uint64_t& matches) = nullptr;
    /// Word operations on a word a row (word_lanes.h); arrays are padded to whole blocks of 8 rows.
    std::uint64_t (*add)(const std::uint64_t* a, std::uint64_t constant, std::uint64_t* b,
                         std::size_t rows, int width, int shift, RowTally& tally) = nullptr;
    void (*copy)(const std::uint64_t* a, std::uint64_t* d, std::size_t rows, int shift,
                 RowTally& tally) = nullptr;
    void (*relu)(std::uint64_t* b, std::size_t rows, int width, RowTally& tally) = nullptr;
    void (*clip)(std::uint64_t* b, std::size_t rows, int keep, int width,
                 RowTally& tally) = nullptr;
    std::uint64_t (*select)(const std::uint64_t* a, std::uint64_t constant, std::uint64_t* b,
                            std::size_t rows, bool larger, RowTally& tally) = nullptr;
};

extern const LaneKernels lane_kernels_portable;
#if defined(__x86_64__)
extern const LaneKernels lane_kernels_avx2;
extern const LaneKernels lane_kernels_avx512;
#endif

/// The fastest set this processor has.
const LaneKernels& lane_kernels();

}  // namespace imc::associative
