// SPDX-License-Identifier: Apache-2.0
/// What SRE- and SME-like machines skip, found on the actual codes (bwq.md 3.10, 3.11, 5.6).
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/config.h"
#include "crossbar/kernel/bit_lanes.h"
#include "crossbar/kernel/cell_codes.h"
#include "crossbar/kernel/read_counts.h"

namespace imc::crossbar {

/// True if no read of `spec` clips, whatever rows come together: what packed rows need.
bool never_clips(const ReadSpec& spec);

/// Rows that hold something are packed together, so that empty ones take no read.
///
/// SRE: each column group (ou_columns bitlines of one slice) keeps only rows with a cell set in it,
/// packed upwards into arrays of `rows` wordlines with an index of their own. What inputs save is
/// ZeroInputs: formed, in every input cycle only wordlines with a non-zero digit form operation
/// units of ou_rows, ceil(active / ou_rows) reads; fixed, each ou_rows kept rows are a unit that is
/// skipped if all its digits are zero; ignored, ceil(kept / ou_rows) reads.
///
/// SME: slices stand in separate arrays; an array row (`columns` bitlines) that is empty is
/// squeezed out; inputs are not looked at.
///
/// A bank works through its column groups and cycles one operation unit after the other; banks work
/// side by side. The shift-and-add units sum a column group's reads of one cycle, so that one merge
/// a column, cycle and array goes to the accumulators. A row index is looked up for each driven
/// wordline (SRE: an index a column group), or once for all column groups of an array row (SME).
class SparseReads {
public:
    /// `skipping` of the configuration must be sre or sme. Throws InputError if ou_rows full cells
    /// could clip: units are formed anew in every cycle, so only a converter that never clips keeps
    /// the result defined.
    SparseReads(const Config& config, const RowShape& shape, ActivationFormat format);

    /// Adds the cells of one group; groups in their order.
    void add_group(const CellCodes& codes);

    /// Counts of one output row. Inputs as ProgrammedArray::run_row takes them.
    ReadCounts count(const std::int32_t* const* rows, std::int32_t pad_code);

    std::uint64_t banks() const { return m_banks; }
    /// Wordline indices that must be stored, one a kept row (SRE: of a column group; SME: of an
    /// array row).
    std::uint64_t index_entries() const { return m_index_entries; }

private:
    struct Chunk {  ///< kept rows of one column group in one bank, or one fixed unit of them
        std::uint32_t group, bank, columns, kept;
        std::uint32_t merged;   ///< columns whose sum goes on; 0 after a group's first unit
        std::uint32_t indexed;  ///< static look-ups a cycle
        std::uint32_t first_word, words;
    };
    struct Rows {  ///< what a column group keeps, where it starts
        const std::vector<int>& kept;
        std::uint32_t group, bank;
        int columns;
        bool indexed;
    };

    std::uint32_t place_sre(const CellCodes& codes, std::uint32_t group, std::uint32_t first_bank);
    std::uint32_t place_sme(const CellCodes& codes, std::uint32_t group, std::uint32_t first_bank);
    std::uint32_t add_chunks(const Rows& rows);
    void add_chunk(const Rows& rows, std::size_t first, std::size_t end);
    void add_static(const Chunk& chunk, ReadCounts& counts) const;
    void add_dynamic(const Chunk& chunk, ReadCounts& counts);
    void merge_digit_bits();
    std::uint64_t busiest() const;

    Config m_config;
    ReadSpec m_spec;
    RowShape m_shape;
    InputCycles m_cycles;
    Patches m_patches;
    BitLanes m_lanes;
    const BitKernels* m_kernels;
    std::vector<Chunk> m_chunks;
    std::vector<PlaneWord> m_words;
    std::uint32_t m_groups = 0;
    std::uint64_t m_banks = 0;
    std::uint64_t m_index_entries = 0;
    std::vector<std::uint32_t> m_active;  ///< lanes with a non-zero digit: [word][lane]
    std::vector<std::int32_t> m_sums;
    std::vector<std::uint32_t> m_bank_reads;  ///< [bank][position]
};

}  // namespace imc::crossbar
