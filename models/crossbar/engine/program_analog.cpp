// SPDX-License-Identifier: Apache-2.0
/// Stages whose conversions are taken one by one: ColumnQuant's layers, and any layer on real
/// devices.
#include "common/error.h"
#include "common/random.h"
#include "crossbar/engine/crossbar_engine.h"

#include <cmath>

namespace imc::crossbar {

namespace {

/// engine_arg of a column stage: cell bits, slices, polarities and bit-serial flag a byte each;
/// array rows; twice the ADC bits.
AnalogSpec column_spec(const imc_stage& stage, const Config& config, const RowShape& shape)
{
    AnalogSpec spec;
    spec.cell_bits = static_cast<int>(stage.engine_arg[0] & 0xFF);
    spec.slices = static_cast<int>(stage.engine_arg[0] >> 8 & 0xFF);
    spec.coding = (stage.engine_arg[0] >> 16 & 0xFF) == 2 ? SliceCoding::split_polarity
                                                          : SliceCoding::signed_top;
    const bool bit_serial = (stage.engine_arg[0] >> 24) != 0;
    spec.dac_bits = bit_serial ? 1 : 8;  // the widest driver: inputs of up to 8 bits enter at once
    spec.read_rows = AnalogSpec::kernel_intact_rows(static_cast<int>(stage.engine_arg[1]), shape);
    spec.columns = static_cast<int>(config.columns);
    spec.range = adc::CodeRange::of_bits(stage.engine_arg[2] / 2.0);
    return spec;
}

/// A plain layer on real devices: the configuration's arrays, a converter of step 1.
AnalogSpec plain_spec(const imc_stage& stage, const Config& config)
{
    AnalogSpec spec;
    const bool units = config.activation == Activation::operation_unit;
    spec.read_rows = static_cast<int>(units ? config.ou_rows : config.rows);
    spec.columns = static_cast<int>(config.columns);
    spec.cell_bits = static_cast<int>(config.cell_bits);
    spec.slices = static_cast<int>((stage.weight_bits + config.cell_bits - 1) / config.cell_bits);
    spec.dac_bits = static_cast<int>(config.dac_bits);
    spec.bipolar_inputs = false;
    const bool converts_both = config.sign == SignMode::diff_digital;
    spec.coding = converts_both ? SliceCoding::split_polarity : SliceCoding::signed_digits;
    // An ideal converter is wide enough for every sum: 2^20 codes either way.
    const auto levels =
        static_cast<std::int32_t>(std::exp2(config.adc_lossless ? 20 : config.adc_bits));
    spec.range.high = levels - 1;
    spec.range.low = converts_both ? 0 : -spec.range.high;
    return spec;
}

}  // namespace

void CrossbarEngine::program_analog(const Blob& blob, const std::vector<std::int16_t>& weights)
{
    const Config& config = m_cost->config;
    AnalogSpec spec =
        is_column() ? column_spec(m_stage, config, m_shape) : plain_spec(m_stage, config);
    spec.device = config.device;
    spec.layer_key = random_key(m_stage.layer, m_stage.copy, m_stage.channel_begin);
    std::vector<imc_column_adc> constants;
    if (is_column()) {
        const auto* section = blob.find(IMC_SECTION_COLUMN_ADC);
        if (section == nullptr || section->entry_bytes != sizeof(imc_column_adc))
            throw InputError("crossbar: the blob holds no steps and centres for its columns");
        const auto* entries = blob.data<imc_column_adc>(*section);
        constants.assign(entries, entries + section->count);
    } else {
        const std::size_t tiles =
            (static_cast<std::size_t>(m_shape.k()) + spec.read_rows - 1) / spec.read_rows;
        constants.assign(static_cast<std::size_t>(spec.polarities()) * spec.slices * tiles *
                             m_shape.out_channels,
                         imc_column_adc{1.0, 1.0, 0, 0});
    }
    m_analog = std::make_unique<AnalogArray>(spec, m_shape, m_format, weights.data(),
                                             constants.data(), constants.size());
    const auto columns = static_cast<std::uint64_t>(m_shape.outputs_per_group()) * spec.slices;
    m_mapping = Mapping{};
    m_mapping.bank_rows = static_cast<std::uint64_t>(m_analog->tiles()) * m_shape.groups;
    m_mapping.bank_columns = (columns + config.columns - 1) / config.columns;
    m_mapping.banks = m_mapping.bank_rows * m_mapping.bank_columns * spec.polarities();
    if (is_column()) return;
    // Arrays, reads and time are those of ideal devices: only values and clips change.
    const ReadSpec reads(config);
    const BlockMap map(m_shape, reads.rows, reads.columns, m_stage.weight_bits);
    m_mapping = map_layer(map, config);
    const int cycles = InputCycles(m_format, static_cast<int>(config.dac_bits)).count();
    m_per_position = position_counts(map, reads, cycles);
    m_per_position->busiest_reads = m_mapping.busiest_reads * static_cast<std::uint64_t>(cycles);
}

}  // namespace imc::crossbar
