// SPDX-License-Identifier: Apache-2.0
/// Stages whose conversions are taken one by one: ColumnQuant's layers, and any layer on real
/// devices.
#include "common/error.h"
#include "common/random.h"
#include "crossbar/engine/crossbar_engine.h"

#include <algorithm>

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
    constexpr unsigned widest = 8;  // of a driver
    if (!bit_serial && stage.in[0].bits > widest)
        throw InputError("crossbar: inputs of " + std::to_string(stage.in[0].bits) +
                         " bits cannot enter at full width; use at most 8 bits, or bit-serial "
                         "inputs");
    spec.dac_bits = bit_serial ? 1 : widest;
    spec.read_rows = AnalogSpec::kernel_intact_rows(static_cast<int>(stage.engine_arg[1]), shape);
    spec.columns = static_cast<int>(config.columns);
    spec.range = adc::CodeRange::of_bits(stage.engine_arg[2] / 2.0);
    return spec;
}

/// A plain layer on real devices: the blocks and reads of ideal ones, a converter of step 1.
AnalogSpec plain_spec(const Config& config, const ProgrammedArray& ideal)
{
    AnalogSpec spec;
    const BlockMap& map = ideal.map();
    int planes = 1;
    for (int g = 0; g < map.groups(); ++g)
        for (int v = 0; v < map.row_groups(); ++v)
            for (int h = 0; h < map.column_groups(); ++h)
                planes = std::max(planes, map.planes(g, v, h));
    spec.read_rows = ideal.spec().rows;
    spec.columns = static_cast<int>(config.columns);
    spec.cell_bits = ideal.spec().cell_bits;
    spec.slices = (planes + spec.cell_bits - 1) / spec.cell_bits;
    spec.blocks = map;
    spec.dac_bits = ideal.spec().dac_bits;
    spec.bipolar_inputs = false;
    const bool differential = config.sign == SignMode::diff_analog;
    spec.coding = differential ? SliceCoding::signed_digits : SliceCoding::split_polarity;
    constexpr std::int32_t widest = (1 << 23) - 2;  // codes that AdcKernels keep exact
    const auto own = adc::clip_range(config.adc_bits, differential, false);
    spec.range = config.adc_lossless ? adc::CodeRange{differential ? -widest : 0, widest}
                                     : adc::CodeRange{own.low, own.high};
    spec.inl_span = own.high;
    spec.inl_signed = differential;
    return spec;
}

/// Constants of converters with a step of one.
std::vector<imc_column_adc> unit_steps(const AnalogSpec& spec, const RowShape& shape)
{
    const std::size_t tiles =
        (static_cast<std::size_t>(shape.k()) + spec.read_rows - 1) / spec.read_rows;
    return std::vector<imc_column_adc>(
        static_cast<std::size_t>(spec.polarities()) * spec.slices * tiles * shape.out_channels,
        imc_column_adc{1.0, 1.0, 0, 0});
}

}  // namespace

void CrossbarEngine::program_columns(const Blob& blob, const std::int16_t* held)
{
    const Config& config = m_cost->config;
    AnalogSpec spec = column_spec(m_stage, config, m_shape);
    const auto* section = blob.find(IMC_SECTION_COLUMN_ADC);
    if (section == nullptr || section->entry_bytes != sizeof(imc_column_adc))
        throw InputError("crossbar: the blob holds no steps and centres for its columns");
    make_analog(spec, blob.data<imc_column_adc>(*section), section->count, held);
    const auto columns = static_cast<std::uint64_t>(m_shape.outputs_per_group()) * spec.slices;
    m_mapping = Mapping{};
    m_mapping.bank_rows = static_cast<std::uint64_t>(m_analog->tiles()) * m_shape.groups;
    m_mapping.bank_columns = (columns + config.columns - 1) / config.columns;
    m_mapping.banks = m_mapping.bank_rows * m_mapping.bank_columns * spec.polarities();
}

/// Arrays, reads, conversions and time are those of ideal devices: only values and clips change.
void CrossbarEngine::program_devices(const Blob& blob, const ProgrammedArray* held,
                                     const std::int16_t* held_weights)
{
    const Config& config = m_cost->config;
    m_array = std::make_unique<ProgrammedArray>(config, m_shape, m_format, layer_weights(blob),
                                                ProgrammedArray::Purpose::counts);
    m_mapping = m_array->mapping();
    const AnalogSpec spec = plain_spec(config, *m_array);
    const auto constants = unit_steps(spec, m_shape);
    const bool same_cells = held != nullptr && held->map() == m_array->map();
    make_analog(spec, constants.data(), constants.size(), same_cells ? held_weights : nullptr);
}

void CrossbarEngine::make_analog(AnalogSpec spec, const imc_column_adc* constants,
                                 std::size_t count, const std::int16_t* held)
{
    spec.device = m_cost->config.device;
    spec.layer_key = random_key(m_stage.layer, m_stage.copy, m_stage.channel_begin);
    m_analog = std::make_unique<AnalogArray>(spec, m_shape, m_format, m_weights.data(), constants,
                                             count, held);
}

/// Writes of the bank that takes longest, beyond one a wordline: columns, slices and arrays side by
/// side are written in step, so that a wordline waits for its slowest cell.
std::uint64_t CrossbarEngine::rewritten_wordlines() const
{
    const Config& config = m_cost->config;
    const bool units = !is_column() && config.activation == Activation::operation_unit;
    const int read_rows =
        is_column() ? column_spec(m_stage, config, m_shape).read_rows : m_array->spec().rows;
    const std::size_t reads_a_bank = units ? config.rows / config.ou_rows : 1;
    std::vector<std::uint64_t> banks;
    std::size_t read = 0;
    const auto& attempts = m_analog->wordline_attempts();
    for (int g = 0; g < m_shape.groups; ++g)
        for (int first = 0; first < m_shape.k(); first += read_rows, ++read) {
            banks.resize(read / reads_a_bank + 1);
            for (int row = first; row < std::min(first + read_rows, m_shape.k()); ++row)
                banks.back() += std::max(attempts[g * m_shape.k() + row], 1) - 1;
        }
    return *std::max_element(banks.begin(), banks.end());
}

}  // namespace imc::crossbar
