// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/serial_reads.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace imc::crossbar {

namespace {

constexpr double largest_stored = 32639.0;
constexpr double widest_digits = 32767.0;  ///< codes of 16 bits
constexpr double widest_noise = 0x1p22;    ///< of nearest()
constexpr int most_fraction_bits = 24;     ///< sums of 256 rows and half a code stay below 2^31

/// Power of two that brings values up to `largest` into 16 bits.
double storage_unit(double largest)
{
    return largest == 0.0 ? 0.5 : std::exp2(std::ceil(std::log2(largest / largest_stored)));
}

/// The same of conductances in digits. Where all are next to nothing, as in a slice in which no
/// weight has a digit, it is a unit whose rounding over all rows is still below 2^-16 codes.
double cell_unit(double largest)
{
    return std::max(storage_unit(largest), std::exp2(-most_fraction_bits));
}

/// The rows that the bits of a byte stand for, packed: bit i of byte b of a word is slot 4 i + b
/// (BitKernels::extract).
struct RowTable {
    std::uint8_t rows[256][8] = {};
    std::uint8_t count[256] = {};

    RowTable()
    {
        for (int byte = 0; byte < 256; ++byte)
            for (int bit = 0; bit < 8; ++bit)
                if ((byte >> bit & 1) != 0)
                    rows[byte][count[byte]++] = static_cast<std::uint8_t>(4 * bit);
    }
};

const RowTable row_table;

/// Appends the rows of the set bits of a word whose first row is `first`.
std::uint8_t* put_rows(std::uint32_t bits, int first, std::uint8_t* out)
{
    constexpr std::uint64_t every_byte = 0x0101010101010101ull;
    for (int b = 0; b < 4; ++b) {
        const std::uint32_t byte = bits >> (8 * b) & 255;
        std::uint64_t rows;
        std::memcpy(&rows, row_table.rows[byte], 8);
        rows += static_cast<std::uint64_t>(first + b) * every_byte;
        std::memcpy(out, &rows, 8);
        out += row_table.count[byte];
    }
    return out;
}

/// Sum of the weights of slices, and of cycles.
double slice_weights(const AnalogSpec& spec)
{
    return spec.polarities() *
           ((std::exp2(spec.cell_bits * spec.slices) - 1.0) / (std::exp2(spec.cell_bits) - 1.0));
}

double cycle_weights(const InputCycles& cycles)
{
    double sum = 0.0;
    for (const auto& cycle : cycles.cycles)
        sum += std::fabs(static_cast<double>(cycle.weight()));
    return sum;
}

/// No sum of codes of one tile exceeds 2^31 if codes stay within this.
double code_limit(const AnalogSpec& spec, const InputCycles& cycles)
{
    return std::floor((0x1.0p31 - 1.0) / (slice_weights(spec) * cycle_weights(cycles)));
}

/// What no conductance exceeds: random_normal ends at 8.3 sigma.
double largest_cell(const AnalogSpec& spec)
{
    const int top = (1 << spec.cell_bits) - 1;
    return (top + empty_conductance(spec.device, top)) *
           std::exp(8.3 * (spec.device.device_sigma + spec.device.cycle_sigma));
}

/// What no code exceeds: noise ends at 10 sigma.
double largest_code(const AnalogSpec& spec)
{
    const double cell = largest_cell(spec);
    const double noise = std::hypot(
        spec.device.adc_sigma, spec.device.read_sigma * cell * std::sqrt(2.0 * spec.read_rows));
    return spec.read_rows * cell + 10.0 * noise + 1.0;
}

}  // namespace

bool SerialReads::fits(const AnalogSpec& spec, ActivationFormat format, const InputCycles& cycles,
                       const imc_column_adc* adc, std::size_t count)
{
    const auto plain = [](const imc_column_adc& a) {
        return a.step == 1.0 && a.scale == 1.0 && a.centre == 0;
    };
    const bool bits = std::all_of(cycles.cycles.begin(), cycles.cycles.end(),
                                  [](const auto& cycle) { return cycle.bits == 1; });
    const bool offset = spec.bipolar_inputs && format.is_signed && spec.dac_bits >= format.bits;
    const DeviceConfig& device = spec.device;
    const double code = largest_code(spec);
    return spec.serial && bits && !offset && device.active() && device.adc_inl == 0.0 &&
           device.adc_offset_sigma == 0.0 && !spec.has_reference() && spec.read_rows <= 256 &&
           spec.polarities() * spec.slices <= 2 * most_pairs && spec.range.low <= 0 &&
           spec.range.high >= 0 && code <= code_limit(spec, cycles) &&
           (device.alters_cells()
                ? largest_cell(spec) < largest_stored / 2.0 && code <= widest_noise
                : code <= widest_digits) &&
           std::all_of(adc, adc + count, plain);
}

SerialReads::SerialReads(const AnalogSpec& spec, const RowShape& shape, const InputCycles& cycles,
                         const Patches& patches)
    : m_spec(spec),
      m_shape(shape),
      m_cycles(cycles),
      m_tiles((shape.k() + spec.read_rows - 1) / spec.read_rows),
      m_panels((shape.outputs_per_group() + panel_outputs - 1) / panel_outputs),
      m_pairs((spec.polarities() * spec.slices + 1) / 2),
      m_fixed(spec.device.alters_cells()),
      m_code_noise(spec.device.adc_sigma == 0.0 ? 1.0 : spec.device.adc_sigma),
      m_kernels(&serial_kernels(simd_level())),
      m_lanes(patches, cycles, 1),
      m_row_pitch(static_cast<std::size_t>(spec.read_rows) + 8)
{
    const std::size_t panels = static_cast<std::size_t>(shape.groups) * m_tiles * m_panels;
    m_stored.assign(panels * m_pairs, ColumnPair{});
    m_cells.assign(m_stored.size() * spec.read_rows, ColumnPair{});
    if (spec.device.read_sigma != 0.0) m_variances.assign(m_cells.size(), ColumnPair{});
    m_weights.assign(2 * m_pairs, 0);
    m_fractions.assign(static_cast<std::size_t>(shape.groups) * 2 * m_pairs, 1);
    m_variance_units.assign(m_fractions.size(), 0.0f);
    for (int p = 0; p < spec.polarities(); ++p)
        for (int s = 0; s < spec.slices; ++s)
            m_weights[column(p, s)] =
                (p == 1 ? -1 : 1) * (1 << (spec.cell_bits * (spec.slices - 1 - s)));
    for (const auto& cycle : cycles.cycles)
        m_cycle_weights.push_back(static_cast<std::int32_t>(cycle.weight()));
    const std::size_t reads = static_cast<std::size_t>(chunk_positions) * cycles.count();
    m_rows.assign(reads * m_row_pitch, 0);
    m_counts.assign(reads, 0);
    m_acc.assign(static_cast<std::size_t>(m_panels) * chunk_positions * panel_outputs, 0);
}

int SerialReads::column(int polarity, int slice) const
{
    return slice * m_spec.polarities() + polarity;
}

/// Number of a panel among all.
std::size_t SerialReads::panel_at(int group, int tile, int panel) const
{
    return (static_cast<std::size_t>(group) * m_tiles + tile) * m_panels + panel;
}

void SerialReads::store(int group, int polarity, int slice, const std::vector<AnalogCell>& cells)
{
    double largest = 0.0, largest_variance = 0.0;
    for (const AnalogCell& c : cells) {
        largest = std::max(largest, std::fabs(c.value));
        largest_variance = std::max(largest_variance, c.variance);
    }
    const double spread = m_spec.device.read_sigma * m_spec.device.read_sigma;
    const double unit = m_fixed ? cell_unit(largest) : 1.0;
    const double variance_unit = m_fixed ? storage_unit(largest_variance) : spread;
    const int col = column(polarity, slice), k = m_shape.k();
    m_fractions[static_cast<std::size_t>(group) * 2 * m_pairs + col] =
        m_fixed ? -static_cast<int>(std::lround(std::log2(unit))) : 1;
    m_variance_units[static_cast<std::size_t>(group) * 2 * m_pairs + col] =
        static_cast<float>(variance_unit);
    const long long bias = m_fixed && col % 2 == 0 ? 32768 : 0;
    for (int o = 0; o < m_shape.outputs_per_group(); ++o)
        for (int row = 0; row < k; ++row) {
            const int lane = o % panel_outputs * 2 + col % 2;
            const std::size_t panel = panel_at(group, row / m_spec.read_rows, o / panel_outputs);
            const std::size_t at =
                (panel * m_spec.read_rows + row % m_spec.read_rows) * m_pairs + col / 2;
            const AnalogCell& c = cells[static_cast<std::size_t>(o) * k + row];
            m_cells[at].values[lane] = static_cast<std::int16_t>(
                static_cast<std::uint16_t>(std::llrint(c.value / unit) + bias));
            if (!m_variances.empty())
                m_variances[at].values[lane] = static_cast<std::int16_t>(
                    static_cast<std::uint16_t>(std::llrint(c.variance / variance_unit)));
            m_stored[panel * m_pairs + col / 2].values[lane] =
                m_spec.is_stored(group, slice, row, o) ? -1 : 0;
        }
}

/// Driven rows of the reads of `count` positions from `first` on.
void SerialReads::list_rows(int tile, int first, int count)
{
    const LaneView view = m_lanes.view();
    const int words = (m_spec.read_rows + 31) / 32;
    std::uint8_t* rows = m_rows.data();
    std::uint16_t* counts = m_counts.data();
    for (int p = first; p < first + count; ++p)
        for (int t = 0; t < m_cycles.count(); ++t, rows += m_row_pitch) {
            const std::uint32_t* word = view.lanes +
                                        static_cast<std::size_t>(tile) * words * view.digit_pitch +
                                        static_cast<std::size_t>(t) * m_shape.out_width + p;
            std::uint8_t* end = rows;
            for (int w = 0; w < words; ++w, word += view.digit_pitch)
                if (*word != 0) end = put_rows(*word, 32 * w, end);
            *counts++ = static_cast<std::uint16_t>(end - rows);
        }
}

SerialReadsKernel SerialReads::kernel() const
{
    const DeviceConfig& device = m_spec.device;
    const bool noisy = device.read_sigma != 0.0 || device.adc_sigma != 0.0;
    if (m_fixed) return noisy ? m_kernels->fixed_gaussian : m_kernels->fixed_quiet;
    return device.read_sigma == 0.0 && m_code_noise.is_narrow() ? m_kernels->digits_code_noise
                                                                : m_kernels->digits_gaussian;
}

std::uint64_t SerialReads::read_panel(int group, int tile, int panel, int first, int count,
                                      std::uint64_t key, std::int64_t* acc) const
{
    const std::size_t at = panel_at(group, tile, panel);
    const std::size_t cells = at * m_spec.read_rows * m_pairs;
    const std::size_t columns = static_cast<std::size_t>(group) * 2 * m_pairs;
    const double adc_sigma = m_spec.device.adc_sigma;
    const SerialTile cells_of{m_cells.data() + cells,
                              m_variances.empty() ? nullptr : m_variances.data() + cells,
                              m_stored.data() + at * m_pairs, m_pairs};
    const SerialInputs inputs{m_rows.data(), m_counts.data(),  m_row_pitch,
                              count,         m_cycles.count(), m_cycle_weights.data()};
    const auto widest =
        static_cast<std::int32_t>(m_fixed ? code_limit(m_spec, m_cycles) : widest_digits);
    const SerialConverters converters{
        m_weights.data(),
        m_fractions.data() + columns,
        m_variance_units.data() + columns,
        static_cast<float>(adc_sigma * adc_sigma),
        &m_code_noise,
        std::max(m_spec.range.low, -widest),
        std::min(m_spec.range.high, widest),
        key,
        (at * m_shape.out_width + first) * static_cast<std::uint64_t>(m_cycles.count() * m_pairs)};
    return kernel()(cells_of, inputs, converters, acc);
}

std::uint64_t SerialReads::run_row(const Patches& patches, std::uint64_t key, std::int64_t* acc)
{
    const int positions = m_shape.out_width, outputs = m_shape.outputs_per_group();
    constexpr std::size_t panel_size = static_cast<std::size_t>(chunk_positions) * panel_outputs;
    std::uint64_t clipped = 0;
    for (int g = 0; g < m_shape.groups; ++g) {
        m_lanes.gather(patches, g);
        for (int first = 0; first < positions; first += chunk_positions) {
            const int count = std::min(chunk_positions, positions - first);
            std::fill(m_acc.begin(), m_acc.end(), 0);
            for (int t = 0; t < m_tiles; ++t) {
                list_rows(t, first, count);
                for (int panel = 0; panel < m_panels; ++panel)
                    clipped += read_panel(g, t, panel, first, count, key,
                                          m_acc.data() + panel * panel_size);
            }
            for (int o = 0; o < outputs; ++o)
                for (int p = 0; p < count; ++p)
                    acc[(static_cast<std::size_t>(g) * outputs + o) * positions + first + p] =
                        m_acc[o / panel_outputs * panel_size + p * panel_outputs +
                              o % panel_outputs];
        }
    }
    return clipped;
}

}  // namespace imc::crossbar
