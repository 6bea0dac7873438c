// SPDX-License-Identifier: Apache-2.0
/// A convolution or fully connected layer's slice on the crossbar arrays of a tile: programming,
/// products row by row, the digital unit behind them. SystemC-free; CrossbarTile gives it time and
/// a network.
#pragma once

#include "common/stage_engine.h"
#include "common/technology.h"
#include "crossbar/config.h"
#include "crossbar/cost/dequantize.h"
#include "crossbar/cost/mapping.h"
#include "crossbar/cost/programming.h"
#include "crossbar/kernel/analog_array.h"
#include "crossbar/kernel/programmed_array.h"
#include "crossbar/kernel/sampled_array.h"
#include "digital/engine/digital_unit.h"
#include "digital/kernel/requantize.h"

#include <memory>
#include <optional>

namespace imc::crossbar {

/// Who turns conversions into energy: the tile's ADC bank, reached over TLM.
class ConversionAccount : public SampleConverter {
public:
    /// `conversions` at `bits` (0 = the bank's own resolution) happened for this piece of work,
    /// `clipped` of them out of range; adds counts and segments. Returns the time the bank took for
    /// samples it was sent, ps: the piece of work takes at least that; 0 where conversions are
    /// pipelined with the array reads.
    virtual std::uint64_t converted(std::uint64_t conversions, std::uint64_t clipped, double bits,
                                    Work& work) = 0;
    /// True if the bank's transfer function is known and stands in the configuration; false if
    /// every sum must go through convert(), whose charges the next converted() adds.
    virtual bool fuses() { return true; }
    std::uint64_t convert(std::int32_t*, std::size_t, unsigned) override { return 0; }
};

/// What turning codes of ColumnQuant's converters into sums is charged, technology keys in
/// brackets.
struct DequantizeEvents {
    EventId multiply;  ///< operand bits x [dequantize.word_bits] x [dequantize.multiplier_bit_pj]
    EventId word;      ///< [dequantize.word_bits] x [dequantize.word_bit_pj] per word fetched
    EventId reference_word;    ///< [dequantize.reference_bits] x [dequantize.word_bit_pj]
    EventId reference;         ///< [dequantize.reference_pj] per conversion
    EventId reference_update;  ///< [dequantize.reference_update_pj] per reference set anew
};

/// The events of crossbar tiles, technology keys in brackets. `technology` and `ledger` outlive it.
struct CrossbarCost {
    CrossbarCost(const Config& config, const Technology& technology, Ledger& ledger);

    Config config;
    ComponentId array, dac, sample_hold, shift_add, controller, registers, buffer, bus;
    EventId cell_read;     ///< [crossbar.cell_read_pj]
    EventId cell_write;    ///< [crossbar.cell_write_pj] per pulse
    EventId cell_verify;   ///< [crossbar.cell_verify_pj]
    EventId drive;         ///< [dac.drive_pj] per wordline and cycle, at dac_bits
    EventId sample;        ///< [sample_hold.sample_pj] per conversion, whole arrays
    EventId add;           ///< [shift_add.add_pj] per converted code
    EventId merge;         ///< [shift_add.merge_pj] per block or cycle sum
    EventId lookup;        ///< [controller.lookup_pj] per table entry walked
    EventId register_bit;  ///< [register.bit_pj]
    EventId buffer_read_bit, buffer_write_bit;  ///< [buffer.read_bit_pj], [buffer.write_bit_pj]
    EventId bus_bit;                            ///< [bus.bit_pj]
    ObservationId index_bits;   ///< stored_index_bits: what says which blocks may be skipped
    ObservationId bitmap_bits;  ///< stored_bitmap_index_bits: the same as a bit a plane
    digital::UnitCost digital;
    ComponentId dequantize;
    /// Events of a column stage whose words multiply `operand_bits`. Throws InputError naming a
    /// technology key that is missing.
    DequantizeEvents dequantize_events(unsigned operand_bits) const;
    /// The drive event of inputs that enter `bits` at a time, at most dac_bits: a driver is charged
    /// by the resolution in use, as a converter is (cost/tile_area.h, driver_scale).
    EventId drive_of(unsigned bits) const;

private:
    const Technology* m_technology;
    Ledger* m_ledger;
};

class CrossbarEngine : public StageEngine {
public:
    /// `account` outlives the engine. Throws InputError for a stage that is no convolution or does
    /// not fit the configuration.
    CrossbarEngine(const imc_stage& stage, std::shared_ptr<const CrossbarCost> cost,
                   ConversionAccount& account);

    Work load(const Blob& blob) override;
    void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override;

    /// True if no conversion can clip: the plain integer product stands in.
    bool lossless() const { return m_array && m_array->lossless(); }

private:
    std::vector<std::int16_t> read_weights(const Blob& blob) const;
    LayerWeights layer_weights(const Blob& blob) const;
    void program_ideal(const Blob& blob);
    void program_columns(const Blob& blob, const std::int16_t* held);
    void program_devices(const Blob& blob, const ProgrammedArray* held,
                         const std::int16_t* held_weights);
    void make_analog(AnalogSpec spec, const imc_column_adc* constants, std::size_t count,
                     const std::int16_t* held);
    std::uint64_t rewritten_wordlines() const;
    Work programming_work(const ProgrammedArray* held,
                          const std::vector<std::int16_t>& held_weights) const;
    std::uint64_t ideal_pulses(const ProgrammedArray* held,
                               const std::vector<std::int16_t>& held_weights) const;
    void observe_index(Work& work) const;
    ReadCounts run_arrays(std::int32_t pad_code, std::uint64_t noise_key);
    bool is_column() const { return m_stage.scheme == IMC_SCHEME_COLUMN; }
    double converter_bits() const { return is_column() ? m_stage.engine_arg[2] / 2.0 : 0.0; }
    /// Of a row: how long the arrays take, and when in it they read.
    struct ArrayTime {
        std::uint64_t duration_ps, read_at_ps;
    };
    ArrayTime show_arrays(std::uint64_t positions, std::uint64_t busiest, Work& work) const;
    void charge(const ReadCounts& counts, std::uint32_t rows, Work& work) const;
    void charge_dequantize(std::uint64_t positions, Work& work) const;
    void prepare_dequantize(const Blob& blob);
    void finish(std::uint32_t rows, std::uint64_t array_ps, Work& work) const;
    bool requantizes() const { return m_stage.role != IMC_ROLE_PSUM_WORKER; }

    imc_stage m_stage;
    std::shared_ptr<const CrossbarCost> m_cost;
    ConversionAccount& m_account;
    RowShape m_shape;
    ActivationFormat m_format;
    EventId m_drive;
    std::vector<std::int16_t> m_weights;
    std::unique_ptr<ProgrammedArray> m_array;  ///< of plain layers; on real devices for its counts
    std::unique_ptr<AnalogArray> m_analog;     ///< ColumnQuant's converters, or real devices
    std::unique_ptr<SampledArray> m_samples;   ///< only behind a bank that does not fuse
    DequantizeNeeds m_dequantize;              ///< of an output position, scheme column
    DequantizeEvents m_dequantize_events{};
    Mapping m_mapping;
    PositionCycles m_cycles;
    std::optional<digital::Requantizer> m_requantizer;
    std::vector<const std::int32_t*> m_rows;
    std::vector<std::int64_t> m_sums;
    std::vector<std::int32_t> m_codes;
};

}  // namespace imc::crossbar
