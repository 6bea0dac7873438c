// SPDX-License-Identifier: Apache-2.0
/// Arrays whose conversions are taken one by one, each column with a step and a centre of its own
/// (ColumnQuant), and arrays with real devices.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "adc/kernel/adc_kernels.h"
#include "crossbar/kernel/analog_spec.h"
#include "crossbar/kernel/bit_lanes.h"
#include "crossbar/kernel/gemm_kernels.h"
#include "crossbar/kernel/patches.h"
#include "crossbar/kernel/read_counts.h"
#include "crossbar/kernel/serial_reads.h"

namespace imc::crossbar {

/// A layer's slice in such arrays. One object serves one thread at a time.
class AnalogArray {
public:
    /// `weights` as [out_channels][k]; `adc` as [polarity][slice][tile][out_channel], tile = read
    /// of read_rows rows inside a group; `held` the weights that the same cells held before, null
    /// if they were erased. Throws InputError for weights beyond the slices, a wrong number of
    /// constants, or sums beyond what is exact.
    AnalogArray(const AnalogSpec& spec, const RowShape& shape, ActivationFormat format,
                const std::int16_t* weights, const imc_column_adc* adc, std::size_t adc_count,
                const std::int16_t* held = nullptr);

    /// acc[out_channel][position] = sum over polarities, slices, tiles, input cycles of +-2^(cycle)
    /// 2^(c (S-1-s)) code * scale, exact in int64. `noise_key` names the read (image, layer, row)
    /// in the random numbers of read and converter noise.
    ReadCounts run_row(const std::int32_t* const* rows, std::int32_t pad_code,
                       std::uint64_t noise_key, std::int64_t* acc);

    int tiles() const { return m_tiles; }
    /// Attempts to write the cells that did not hold their level.
    std::uint64_t write_attempts() const { return m_attempts; }
    /// Most attempts of a cell on each wordline, [group][row of k]; 0 where none was written.
    const std::vector<int>& wordline_attempts() const { return m_wordline_attempts; }
    const InputCycles& cycles() const { return m_cycles; }

private:
    /// One polarity and slice of one group: cells and variances as signed byte slices.
    struct Unit {
        std::vector<std::int8_t>
            cells[2];  ///< low, high byte of the conductance; [block][quad][16][4]
        std::vector<std::int8_t> variances[2];  ///< of the squared conductance
        /// Squared conductance of the reference columns, an output each.
        std::vector<std::int8_t> reference[2];
        std::vector<adc::ColumnConstants> constants;  ///< one a tile
        std::vector<std::vector<double>> offsets;  ///< of the converters, in codes, [tile][column]
        double cell_unit = 1.0;                    ///< digits of one unit of the stored conductance
        double variance_unit = 1.0;  ///< squared digits of one unit of the stored variance
        double reference_unit = 1.0;
        double sign = 1.0;
    };
    /// What a weight's cells of a slice hold, in the positive (or only) and the negative array.
    struct Levels {
        int plus, minus;
    };
    struct Position {  ///< of a cell in the layer; output -1 - b: reference column of block b
        int group, array, slice, output, row;
    };
    static constexpr int panel_blocks = 4;
    static constexpr int panel_columns = panel_blocks * 16;
    static constexpr int chunk_positions = 32;
    /// One block of positions and columns, on cache lines of its own.
    struct Scratch {
        alignas(64) std::int32_t sums[6][chunk_positions * panel_columns];
        alignas(64) double acc[chunk_positions * panel_columns];
        alignas(64) double shared[chunk_positions * panel_columns];
    };

    void check_weights(const std::int16_t* weights) const;
    void check_exactness(const imc_column_adc* adc) const;
    void build_unit(int group, int polarity, int slice, const std::int16_t* weights,
                    const std::int16_t* held, const imc_column_adc* adc);
    Levels levels(int polarity, int slice, int weight) const;
    double program(const Position& at, int level, int held);
    std::vector<double> program_references(int group, bool erased);
    std::vector<AnalogCell> program_cells(int group, int polarity, int slice,
                                          const std::int16_t* weights, const std::int16_t* held,
                                          const std::vector<double>& references);
    std::vector<double> store_cells(Unit& unit, const std::vector<AnalogCell>& cells) const;
    void store_references(Unit& unit, const std::vector<double>& references) const;
    void store(std::vector<std::int8_t> (&bytes)[2], int output, int row, long long value) const;
    void set_constants(Unit& unit, int group, int polarity, int slice, const imc_column_adc* adc,
                       const std::vector<double>& column_sums) const;
    void fill_digits(int group, int cycle);
    /// A block of positions and columns of one read.
    struct Part {
        int first_block, blocks;  ///< of 16 columns
        int first, count;         ///< positions
        int group, cycle;
        std::uint64_t first_number;  ///< of its first tile's conversions
        std::uint64_t key;
    };
    std::uint64_t run_block(const Unit& unit, const Part& part, double* acc);
    adc::NoiseView noise_of(const Unit& unit, const Part& part, int tile);
    void sum_tile(const std::vector<std::int8_t>& cells, const std::vector<std::uint8_t>& inputs,
                  const Part& part, int tile, std::int32_t* sums) const;
    adc::SumView sum_variance(const std::vector<std::int8_t> (&variances)[2], const Part& part,
                              int tile);
    void draw_reference(const Unit& unit, const Part& part, int tile);
    std::size_t byte_index(int output, int row) const;
    ReadCounts fixed_counts() const;

    AnalogSpec m_spec;
    RowShape m_shape;
    ActivationFormat m_format;
    bool m_full_width;
    InputCycles m_cycles;
    int m_tiles;
    int m_tile_quads;
    std::uint64_t m_attempts = 0;
    std::vector<int> m_wordline_attempts;
    const GemmKernels* m_gemm;
    const adc::AdcKernels* m_adc;
    Patches m_patches;
    std::vector<Unit> m_units;            ///< [group][polarity][slice]; none where m_serial is
    std::optional<SerialReads> m_serial;  ///< where its conditions hold
    // scratch
    std::vector<std::uint8_t> m_digits;      ///< inputs of one cycle, as Patches' bytes
    std::vector<std::uint8_t> m_squares[2];  ///< their squares, low and high byte
    std::unique_ptr<Scratch> m_scratch;
};

}  // namespace imc::crossbar
