// SPDX-License-Identifier: Apache-2.0
/// The cells of one group of a layer packed for the bit-serial path, and their product with the
/// lanes of a row.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/bit_lanes.h"
#include "crossbar/kernel/cell_codes.h"

namespace imc::crossbar {

/// Two forms. *Fused*, where no conversion can clip and signs are differential: popcounts run over
/// whole columns, empty words are skipped. *Reads*: every array read of every column is converted
/// on its own, as the hardware does.
class BitMatrix {
public:
    enum class Form { fused, reads };

    /// `word_pitch` is that of the lanes (BitLanes::word_pitch). Throws InputError if sums would
    /// not fit int32, which takes reads far beyond any array.
    BitMatrix(const CellCodes& codes, Form form, int activation_bits, std::size_t word_pitch);

    /// The slots lanes must be gathered with.
    static SlotLayout layout(Form form, int k, int read_rows);

    /// acc[output][position] = what comes out after conversion, shift-and-add over slices and input
    /// cycles. Returns the number of clipped conversions. Uses scratch of the object: one thread at
    /// a time.
    std::uint64_t multiply(const BitLanes& lanes, int positions, std::int64_t* acc);

private:
    struct Batch {  ///< runs whose int32 sum cannot overflow
        std::uint32_t begin, end;
    };

    struct SignedWord {  ///< 32 cells of a plane by sign
        std::uint32_t positive = 0, negative = 0;
    };
    enum class Polarity { both, positive, negative };  ///< of the arrays a conversion sees

    void build_fused(const CellCodes& codes);
    void build_reads(const CellCodes& codes);
    void add_plane(const std::vector<PlaneWord>& words, int plane, int sign);
    void collect_bits(const CellCodes& codes, int output, int read, std::uint32_t flipped);
    void add_read(const CellCodes& codes, int read, int slice, Polarity polarity, bool subtract);
    void build_unit_column(const CellCodes& codes);
    void add_run(const BitRun& run, std::int64_t largest_sum);
    void start_output();
    void run_output(const BitLanes& lanes, int output, std::int64_t* acc);
    void read_unit_column(const BitLanes& lanes, int positions);

    const BitKernels* m_kernels;
    Form m_form;
    int m_outputs;
    adc::ClipRange m_range;
    int m_largest_input;  ///< largest DAC digit
    std::size_t m_word_pitch;
    std::vector<PlaneWord> m_planes;
    std::vector<BitWord> m_words;
    std::vector<BitRun> m_runs;
    std::vector<Batch> m_batches;
    std::vector<std::uint32_t> m_first_batch;  ///< of each output, and one past the last
    std::int64_t m_batch_sum = 0;
    std::vector<BitRun> m_unit_runs;  ///< offset mode: the unit column, one read a row group
    std::vector<BitWord> m_unit_words;
    std::vector<std::int64_t> m_unit_factors;  ///< [output][read]
    std::vector<SignedWord> m_read_bits;       ///< [plane][word] of the read being built
    std::vector<std::int32_t> m_sums;
    std::vector<std::uint32_t> m_clipped;
    std::vector<std::int64_t> m_unit_sums;  ///< [read][position]
};

}  // namespace imc::crossbar
