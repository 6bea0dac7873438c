// SPDX-License-Identifier: Apache-2.0
#include "crossbar/engine/crossbar_engine.h"

#include "common/error.h"
#include "common/random.h"
#include "crossbar/cost/index_storage.h"

#include <algorithm>
#include <utility>

namespace imc::crossbar {

namespace {

RowShape row_shape(const imc_stage& s)
{
    RowShape shape;
    shape.in_channels = static_cast<int>(s.in[0].channels);
    shape.in_width = static_cast<int>(s.in[0].width);
    shape.out_channels = static_cast<int>(s.channel_end - s.channel_begin);
    shape.out_width = static_cast<int>(s.out_width);
    shape.kernel_h = s.kernel_h;
    shape.kernel_w = s.kernel_w;
    shape.stride = s.stride_w;
    shape.pad_left = s.pad_left;
    shape.dilation = s.dilation_w;
    shape.groups = s.groups;
    return shape;
}

/// Input bits that a wordline driver turns into a voltage at once.
unsigned driven_bits(const imc_stage& stage, const Config& config)
{
    const bool bit_serial = stage.scheme == IMC_SCHEME_COLUMN && stage.engine_arg[0] >> 24 != 0;
    return bit_serial ? 1u : std::min<unsigned>(config.dac_bits, stage.in[0].bits);
}

}  // namespace

CrossbarEngine::CrossbarEngine(const imc_stage& stage, std::shared_ptr<const CrossbarCost> cost,
                               ConversionAccount& account)
    : m_stage(stage),
      m_cost(std::move(cost)),
      m_account(account),
      m_shape(row_shape(stage)),
      m_format{stage.in[0].bits, stage.in[0].is_signed != 0},
      m_drive(m_cost->drive_of(driven_bits(stage, m_cost->config)))
{
    if (stage.op != IMC_STAGE_CONV) throw InputError("crossbar: the stage is no convolution");
    m_shape.validate();
    m_format.validate();
}

std::vector<std::int16_t> CrossbarEngine::read_weights(const Blob& blob) const
{
    const std::size_t wanted = static_cast<std::size_t>(m_shape.out_channels) * m_shape.k();
    if (const auto* wide = blob.find(IMC_SECTION_WEIGHTS_I16);
        wide != nullptr && wide->entry_bytes == 2 && wide->count == wanted) {
        const auto* codes = blob.data<std::int16_t>(*wide);
        return {codes, codes + wanted};
    }
    if (const auto* narrow = blob.find(IMC_SECTION_WEIGHTS_I8);
        narrow != nullptr && narrow->entry_bytes == 1 && narrow->count == wanted) {
        const auto* codes = blob.data<std::int8_t>(*narrow);
        return {codes, codes + wanted};
    }
    throw InputError("crossbar: the blob does not hold the " + std::to_string(wanted) +
                     " weights of its stage");
}

Work CrossbarEngine::load(const Blob& blob)
{
    const auto held = std::exchange(m_array, nullptr);
    const auto held_weights = std::exchange(m_weights, read_weights(blob));
    const bool was_analog = std::exchange(m_analog, nullptr) != nullptr;
    if (is_column())
        program_columns(blob, was_analog ? held_weights.data() : nullptr);
    else if (m_cost->config.device.active())
        program_devices(blob, was_analog ? held.get() : nullptr, held_weights.data());
    else
        program_ideal(blob);
    if (is_column()) prepare_dequantize(blob);
    if (m_mapping.banks > m_stage.arrays)
        throw InputError("crossbar: the stage needs " + std::to_string(m_mapping.banks) +
                         " arrays and was given " + std::to_string(m_stage.arrays));
    m_cycles = position_cycles(m_mapping, m_cost->config, m_shape, m_format.bits);
    if (requantizes()) {
        const auto tables = digital::read_tables(m_stage, blob);
        m_requantizer.emplace(
            static_cast<imc_requant_kind>(m_stage.requant), tables.requant,
            digital::OutputRange{m_stage.out_min, m_stage.out_max, m_stage.out_zero_point});
    }
    return programming_work(held.get(), held_weights);
}

LayerWeights CrossbarEngine::layer_weights(const Blob& blob) const
{
    LayerWeights layer;
    layer.codes = m_weights.data();
    layer.planes = m_stage.weight_bits;
    if (const auto* blocks = blob.find(IMC_SECTION_BLOCK_BITS);
        blocks != nullptr && m_cost->config.skipping == Skipping::bwq) {
        if (blocks->entry_bytes != 1) throw InputError("crossbar: block table entries are bytes");
        layer.block_planes = blob.data<std::uint8_t>(*blocks);
        layer.block_count = blocks->count;
    }
    return layer;
}

void CrossbarEngine::program_ideal(const Blob& blob)
{
    const LayerWeights layer = layer_weights(blob);
    m_array = std::make_unique<ProgrammedArray>(m_cost->config, m_shape, m_format, layer);
    if (!m_account.fuses())
        m_samples = std::make_unique<SampledArray>(m_cost->config, m_shape, m_format, layer);
    m_mapping = m_array->mapping();
}

/// Cells that hold their level already, from `held`, take no pulse.
Work CrossbarEngine::programming_work(const ProgrammedArray* held,
                                      const std::vector<std::int16_t>& held_weights) const
{
    const Config& config = m_cost->config;
    Work work;
    work.duration_ps = programming_duration_ps(config, m_analog ? rewritten_wordlines() : 0);
    work.segments = {{m_cost->array, "program", 0, work.duration_ps}};
    const std::uint64_t pulses = m_analog ? m_analog->write_attempts() * config.write_pulses
                                          : ideal_pulses(held, held_weights);
    work.counts = {{m_cost->cell_write, pulses},
                   {m_cost->cell_verify, config.write_verify ? pulses : 0}};
    if (m_array) observe_index(work);
    return work;
}

std::uint64_t CrossbarEngine::ideal_pulses(const ProgrammedArray* held,
                                           const std::vector<std::int16_t>& held_weights) const
{
    const std::size_t group = static_cast<std::size_t>(m_shape.outputs_per_group()) * m_shape.k();
    const auto codes = [&](const std::vector<std::int16_t>& weights, const ProgrammedArray& array,
                           int g) {
        return CellCodes(weights.data() + g * group, array.map(), g, array.spec(),
                         m_shape.outputs_per_group(), m_shape.k());
    };
    std::uint64_t pulses = 0;
    for (int g = 0; g < m_shape.groups; ++g) {
        std::optional<CellCodes> before;
        if (held != nullptr && held->map() == m_array->map())
            before.emplace(codes(held_weights, *held, g));
        pulses += programming_counts(codes(m_weights, *m_array, g), before ? &*before : nullptr,
                                     m_cost->config)
                      .pulses;
    }
    return pulses;
}

/// Bits that say what may be skipped (bwq.md 3.9).
void CrossbarEngine::observe_index(Work& work) const
{
    const Config& config = m_cost->config;
    if (m_array->sparse() != nullptr)
        work.observations.push_back(
            {m_cost->index_bits, row_index_bits(m_array->sparse()->index_entries(), config.rows)});
    if (config.skipping != Skipping::bwq) return;
    work.observations.push_back(
        {m_cost->index_bits, block_table_bits(m_array->map(), BlockTable::widths)});
    work.observations.push_back(
        {m_cost->bitmap_bits, block_table_bits(m_array->map(), BlockTable::bitmap)});
}

/// One row of m_rows into m_sums. Real devices change values and clips; what the arrays do, and
/// how long, are ideal ones' counts.
ReadCounts CrossbarEngine::run_arrays(std::int32_t pad_code, std::uint64_t noise_key)
{
    if (!m_analog) return m_array->run_row(m_rows.data(), pad_code, m_sums.data());
    const ReadCounts own = m_analog->run_row(m_rows.data(), pad_code, noise_key, m_sums.data());
    if (!m_array) return own;
    ReadCounts counts = m_array->count_row(m_rows.data(), pad_code);
    counts.clipped = own.clipped;
    return counts;
}

void CrossbarEngine::run(std::uint32_t image, std::uint32_t first, std::uint32_t rows,
                         const InputRows& in, std::int32_t* out, std::int64_t* psums, Work& work)
{
    if (!m_array && !m_analog) throw InputError("crossbar: run before its weights were loaded");
    const auto width = static_cast<std::size_t>(m_shape.out_width);
    const auto channels = static_cast<std::size_t>(m_shape.out_channels);
    m_sums.resize(channels * width);
    m_rows.resize(m_stage.kernel_h);
    ReadCounts counts;
    for (std::uint32_t r = 0; r < rows; ++r) {
        for (unsigned kh = 0; kh < m_stage.kernel_h; ++kh)
            m_rows[kh] = digital::window_row(m_stage, in, first + r, kh);
        const std::int32_t pad = m_stage.in[0].pad_code;
        counts += run_arrays(pad, random_key(image, first + r));
        if (m_samples)
            counts.clipped += m_samples->run_row(m_rows.data(), m_stage.in[0].pad_code,
                                                 static_cast<unsigned>(m_mapping.banks), m_account,
                                                 m_sums.data());
        for (std::size_t c = 0; c < channels && psums != nullptr; ++c) {
            std::int64_t* const shared = psums + (c * rows + r) * width;
            std::int64_t* const own = m_sums.data() + c * width;
            for (std::size_t x = 0; x < width; ++x)
                requantizes() ? own[x] += shared[x] : shared[x] = own[x];
        }
        if (!requantizes()) continue;
        if (rows == 1) {
            m_requantizer->run(m_sums.data(), m_shape.out_channels, m_shape.out_width, out);
            continue;
        }
        m_requantizer->run(m_sums.data(), width, m_shape.out_channels, m_shape.out_width,
                           out + r * width, rows * width);
    }
    charge(counts, rows, work);
}

/// Energy events of bwq.md 5.2 and 5.5, from exact counts; time of 5.3.
void CrossbarEngine::charge(const ReadCounts& n, std::uint32_t rows, Work& work) const
{
    const CrossbarCost& cost = *m_cost;
    const Config& config = cost.config;
    const std::uint64_t positions = std::uint64_t{rows} * m_stage.out_width;
    const std::uint64_t load_bits =
        positions * static_cast<std::uint64_t>(m_shape.k()) * m_shape.groups * m_format.bits;
    const std::uint64_t output_bits =
        positions * static_cast<std::uint64_t>(m_shape.out_channels) * 16;
    work.counts = {{cost.cell_read, n.cell_reads},
                   {m_drive, n.wordline_drives},
                   {cost.add, n.shift_adds},
                   {cost.merge, n.block_merges + n.cycle_merges},
                   {cost.buffer_read_bit, load_bits},
                   {cost.bus_bit, load_bits + output_bits},
                   {cost.register_bit, load_bits + output_bits}};
    if (config.activation == Activation::full_array)
        work.counts.push_back({cost.sample, n.conversions});
    if (config.skipping != Skipping::none) work.counts.push_back({cost.lookup, n.table_lookups});
    if (is_column()) charge_dequantize(positions, work);

    const auto busiest =
        static_cast<std::uint64_t>(static_cast<double>(n.busiest_reads) / config.calibrated_gain);
    const ArrayTime time = show_arrays(positions, busiest, work);
    const std::uint64_t bank_ps =
        m_account.converted(n.conversions, n.clipped, converter_bits(), work);
    finish(rows, std::max(time.duration_ps, time.read_at_ps + bank_ps), work);
}

/// When each part of the arrays works: loads first, stores last; reads after the loads, or beside
/// them where the pipeline is full.
CrossbarEngine::ArrayTime CrossbarEngine::show_arrays(std::uint64_t positions,
                                                      std::uint64_t busiest, Work& work) const
{
    const CrossbarCost& cost = *m_cost;
    const Config& config = cost.config;
    const std::uint64_t array_ps = row_duration_ps(m_cycles, config, positions, busiest);
    const auto part = [&](const PositionCycles& cycles, std::uint64_t reads) {
        return std::min(array_ps, row_duration_ps(cycles, config, positions, reads));
    };
    const std::uint64_t load_ps = part({m_cycles.load, 0, 0, 0.0}, 0);
    const std::uint64_t read_ps = part({0, 0, 0, m_cycles.read_ns}, busiest);
    const std::uint64_t store_ps = part({0, 0, m_cycles.store, 0.0}, 0);
    const std::uint64_t store_at = array_ps - store_ps;
    const std::uint64_t read_at = load_ps + read_ps <= array_ps ? load_ps : 0;
    work.segments = {
        {cost.buffer, "load", 0, load_ps},       {cost.bus, "load", 0, load_ps},
        {cost.registers, "load", 0, load_ps},    {cost.array, "read", read_at, read_ps},
        {cost.dac, "drive", read_at, read_ps},   {cost.shift_add, "shift_add", read_at, read_ps},
        {cost.bus, "store", store_at, store_ps}, {cost.registers, "store", store_at, store_ps}};
    if (config.activation == Activation::full_array)
        work.segments.push_back({cost.sample_hold, "sample", read_at, read_ps});
    if (config.skipping != Skipping::none)
        work.segments.push_back({cost.controller, "look up", read_at, read_ps});
    if (is_column()) work.segments.push_back({cost.dequantize, "dequantize", read_at, read_ps});
    return {array_ps, read_at};
}

/// The digital unit follows position by position: it ends one position after the arrays, or later
/// if it is the slower.
void CrossbarEngine::finish(std::uint32_t rows, std::uint64_t array_ps, Work& work) const
{
    work.duration_ps = array_ps;
    if (!requantizes()) return;
    const std::uint64_t positions = std::uint64_t{rows} * m_stage.out_width;
    const std::uint64_t per_position =
        m_cost->digital.duration_ps(static_cast<std::uint64_t>(m_shape.out_channels));
    const std::uint64_t digital_ps = per_position * positions;
    const std::uint64_t first_ps = array_ps / std::max<std::uint64_t>(positions, 1);
    work.duration_ps = std::max(array_ps + per_position, first_ps + digital_ps);
    work.counts.push_back(
        {m_cost->digital.requantize, positions * static_cast<std::uint64_t>(m_shape.out_channels)});
    work.segments.push_back(
        {m_cost->digital.digital, "requantize", work.duration_ps - digital_ps, digital_ps});
}

}  // namespace imc::crossbar
