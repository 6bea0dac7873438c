// SPDX-License-Identifier: Apache-2.0
#include "cam/engine/rna_stage.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace imc::cam {

namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b)
{
    return (a + b - 1) / b;
}

template <typename T>
std::vector<T> slice(const std::vector<T>& all, std::size_t begin, std::size_t count)
{
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(begin);
    return {at, at + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

std::unique_ptr<StageEngine> make_rna_stage(const imc_stage& stage,
                                            std::shared_ptr<const CamContext> context)
{
    return std::make_unique<RnaStage>(stage, std::move(context));
}

RnaStage::RnaStage(const imc_stage& stage, std::shared_ptr<const CamContext> context)
    : m_stage(stage),
      m_context(std::move(context)),
      m_outputs(stage.channel_end - stage.channel_begin),
      m_group_outputs(m_outputs / stage.groups)
{
    const std::uint64_t fan_in =
        std::uint64_t{stage.in[0].channels} / stage.groups * stage.kernel_h * stage.kernel_w;
    if (fan_in > 65535)
        throw InputError("stage " + std::to_string(stage.id) + ": a neuron of " +
                         std::to_string(fan_in) + " inputs; RNA blocks take up to 65535");
    m_fan_in = static_cast<unsigned>(fan_in);
    if (stage.arrays == 0)
        throw InputError("stage " + std::to_string(stage.id) + ": no RNA block is allotted");
}

Work RnaStage::load(const Blob& blob)
{
    StageTables tables = read_tables(blob);
    const imc_section* weights = blob.find(IMC_SECTION_WEIGHTS_I8);
    if (weights == nullptr || weights->entry_bytes != 1 ||
        weights->count != std::uint64_t{m_outputs} * m_fan_in)
        throw InputError("stage " + std::to_string(m_stage.id) + ": " + std::to_string(m_outputs) +
                         " x " + std::to_string(m_fan_in) +
                         " weight codes are missing from its blob");
    prepare(tables, blob.data<std::int8_t>(*weights));

    const Technology& t = m_context->technology;
    const std::uint64_t blocks = m_stage.arrays,
                        pairs = std::uint64_t{tables.head.weight_codes} * tables.head.input_codes;
    CamEvents events;
    events.cell_writes = blocks * (pairs * m_shape.product_bits + code_cells(1));
    events.activation_row_writes = blocks * m_shape.activation_rows;
    events.encoding_row_writes = blocks * m_shape.encode_rows;
    Work work;
    // Blocks are written side by side, each row by row.
    const double ns =
        static_cast<double>(pairs) * t.get(parameter::row_write_ns.key) +
        (m_shape.activation_rows + m_shape.encode_rows) * t.get(parameter::cam_row_write_ns.key);
    work.duration_ps = static_cast<std::uint64_t>(std::llround(ns * 1000.0)) + write_ps(0);
    events.written_cycles = written_cycles(blocks, work.duration_ps, m_context->config);
    events.charge(m_context->books, m_context->config, work);
    work.segments.push_back({m_context->books.crossbar, "program", 0, work.duration_ps});
    return work;
}

void RnaStage::prepare(StageTables& tables, const std::int8_t* weights)
{
    const Config& config = m_context->config;
    const CodebookHead& h = tables.head;
    if (h.scopes != 1 && h.scopes != m_outputs)
        throw InputError("stage " + std::to_string(m_stage.id) + ": " + std::to_string(h.scopes) +
                         " product tables for " + std::to_string(m_outputs) + " outputs");
    m_shape = {m_fan_in,      h.weight_codes,    h.input_codes, h.product_bits,
               h.biases != 0, h.activation_rows, h.relu != 0,   h.encode_rows};
    // After an activation memory the encoder sees its value rows, else the sum itself.
    m_shape.encode_key_bits = h.activation_rows != 0 ? m_shape.value_bits : 0;
    m_own_products = h.scopes > 1;
    m_output = tables.output(m_stage.out_min, m_stage.out_max);
    m_layers.clear();
    m_count_cycles.clear();
    const std::size_t pairs = std::size_t{h.weight_codes} * h.input_codes;
    for (unsigned g = 0; g < m_stage.groups; ++g) {
        const std::size_t first = std::size_t{g} * m_group_outputs;
        LayerTables layer;
        layer.outputs = m_group_outputs;
        layer.fan_in = m_fan_in;
        layer.weight_codes = h.weight_codes;
        layer.input_codes = h.input_codes;
        layer.scopes = h.scopes == 1 ? 1 : m_group_outputs;
        layer.digits = config.digits;
        layer.skip_zero_products = config.skip_zero_products;
        const auto* codes = weights + first * m_fan_in;
        layer.weight_code.assign(codes, codes + std::size_t{m_group_outputs} * m_fan_in);
        for (const std::int32_t p :
             slice(tables.product, h.scopes == 1 ? 0 : first * pairs, layer.scopes * pairs))
            layer.product.push_back(static_cast<std::int16_t>(p));
        if (h.biases != 0) layer.bias = slice(tables.bias, first, m_group_outputs);
        m_layers.emplace_back(std::move(layer));
        for (const std::uint32_t group : m_layers.back().largest_group())
            m_count_cycles.push_back(neuron_cycles(m_shape, config, group, 0, 0).count);
    }
    m_fixed = neuron_cycles(m_shape, config, 0, 0, 0);
    m_tree_stages.clear();
    for (unsigned p = 0; p <= m_fan_in + 1; ++p)
        m_tree_stages.push_back(static_cast<std::uint16_t>(tree_stages(p, config.tree)));
}

/// Codes of output row `y` by position; outside of the input stands the code of zero.
void RnaStage::gather_row(std::uint32_t y, const InputRows& in, std::uint8_t* inputs)
{
    const imc_stream& s = m_stage.in[0];
    const std::uint32_t channels = s.channels / m_stage.groups;
    std::uint32_t bad = 0;
    for (unsigned ky = 0; ky < m_stage.kernel_h; ++ky) {
        const std::int64_t iy = std::int64_t{y} * m_stage.stride_h +
                                std::int64_t{ky} * m_stage.dilation_h - m_stage.pad_top;
        const bool inside = iy >= 0 && iy < s.height;
        const std::int32_t* row = inside ? in.row(0, static_cast<std::uint32_t>(iy)) : nullptr;
        for (std::uint32_t c = 0; c < s.channels; ++c) {
            const std::size_t group = c / channels;
            std::uint8_t* to = inputs + group * m_inputs.size() / m_stage.groups +
                               ((c % channels) * m_stage.kernel_h + ky) * m_stage.kernel_w;
            for (std::uint32_t x = 0; x < m_stage.out_width; ++x, to += m_fan_in)
                for (unsigned kx = 0; kx < m_stage.kernel_w; ++kx) {
                    const std::int64_t ix = std::int64_t{x} * m_stage.stride_w +
                                            std::int64_t{kx} * m_stage.dilation_w -
                                            m_stage.pad_left;
                    const std::int32_t code = inside && ix >= 0 && ix < s.width
                                                  ? row[std::size_t{c} * s.width + ix]
                                                  : s.pad_code;
                    bad |= static_cast<std::uint32_t>(code) >= m_shape.input_codes;
                    to[kx] = static_cast<std::uint8_t>(code);
                }
        }
    }
    if (bad != 0)
        throw InputError("stage " + std::to_string(m_stage.id) +
                         ": an input code lies outside of its codebook");
}

void RnaStage::compute(std::size_t positions)
{
    m_sums.resize(positions * m_outputs);
    m_nonzero.resize(m_sums.size());
    m_addends.resize(m_sums.size());
    if (m_stage.groups == 1) {
        m_layers[0].sums_and_counts(m_inputs.data(), positions, m_sums.data(), m_nonzero.data(),
                                    m_addends.data());
        return;
    }
    const std::size_t part = positions * m_group_outputs;
    m_group_sums.resize(part);
    m_group_nonzero.resize(part);
    m_group_addends.resize(part);
    for (unsigned g = 0; g < m_stage.groups; ++g) {
        m_layers[g].sums_and_counts(m_inputs.data() + g * positions * m_fan_in, positions,
                                    m_group_sums.data(), m_group_nonzero.data(),
                                    m_group_addends.data());
        for (std::size_t p = 0; p < positions; ++p) {
            const std::size_t from = p * m_group_outputs, to = p * m_outputs + g * m_group_outputs;
            std::copy_n(m_group_sums.begin() + from, m_group_outputs, m_sums.begin() + to);
            std::copy_n(m_group_nonzero.begin() + from, m_group_outputs, m_nonzero.begin() + to);
            std::copy_n(m_group_addends.begin() + from, m_group_outputs, m_addends.begin() + to);
        }
    }
}

void RnaStage::run(std::uint32_t, std::uint32_t first, std::uint32_t rows, const InputRows& in,
                   std::int32_t* out, std::int64_t*, Work& work)
{
    const std::size_t positions = std::size_t{rows} * m_stage.out_width;
    m_inputs.resize(m_stage.groups * positions * m_fan_in);
    for (std::uint32_t r = 0; r < rows; ++r)
        gather_row(first + r, in, m_inputs.data() + std::size_t{r} * m_stage.out_width * m_fan_in);
    compute(positions);
    charge(rows, work);
    m_output.run(m_sums.data(), m_sums.size());
    for (std::size_t p = 0; p < positions; ++p)
        for (std::uint32_t o = 0; o < m_outputs; ++o)
            out[o * positions + p] = m_sums[p * m_outputs + o];
}

/// Cycles by phase (of each wave's slowest neuron) and events.
struct RnaStage::Totals {
    PhaseCycles cycles;
    CamEvents events;
    std::uint64_t compressors = 0, neurons = 0, reads = 0;
};

/// Distinct codes that the neurons of a wave listen to, in bits: the rectangle of input under its
/// positions.
std::uint64_t RnaStage::wave_bits(std::size_t position, std::size_t positions) const
{
    const imc_stream& s = m_stage.in[0];
    const std::size_t width = m_stage.out_width;
    const std::uint64_t rows = (position + positions - 1) / width - position / width + 1;
    const std::uint64_t columns = rows == 1 ? positions : width;
    const auto reach = [](std::uint64_t n, std::uint64_t stride, std::uint64_t kernel,
                          std::uint64_t dilation, std::uint64_t most) {
        return std::min((n - 1) * stride + (kernel - 1) * dilation + 1, most);
    };
    return reach(rows, m_stage.stride_h, m_stage.kernel_h, m_stage.dilation_h, s.height) *
           reach(columns, m_stage.stride_w, m_stage.kernel_w, m_stage.dilation_w, s.width) *
           s.channels * ceil_log2(m_shape.input_codes);
}

void RnaStage::add_wave(std::size_t position, std::size_t positions, std::uint32_t begin,
                        std::uint32_t end, std::uint64_t broadcast, Totals& totals) const
{
    const Config& config = m_context->config;
    const unsigned bias = m_shape.bias ? 1 : 0;
    NeuronCycles slowest = m_fixed;
    std::uint64_t longest = 0;
    for (std::size_t p = position; p < position + positions; ++p)
        for (std::uint32_t o = begin; o < end; ++o) {
            const std::size_t n = p * m_outputs + o;
            NeuronCycles c = m_fixed;
            c.broadcast = broadcast;
            c.count = m_count_cycles[o];
            c.read = config.overlap_reads ? 0 : 3ull * m_nonzero[n];
            const unsigned addends = m_addends[n] + bias;
            c.add += 13ull * m_tree_stages[addends];
            const std::uint64_t latency = c.latency();
            totals.reads += m_nonzero[n];
            totals.compressors += addends > 2 ? addends - 2 : 0;
            totals.events.busy_cycles += latency;
            if (latency > longest) {
                longest = latency;
                slowest = c;
            }
        }
    totals.neurons += positions * (end - begin);
    totals.cycles.broadcast += slowest.broadcast;
    totals.cycles.count += std::max(slowest.broadcast, slowest.count);
    totals.cycles.add += slowest.read + slowest.add;
    totals.cycles.activate += slowest.activate;
    totals.cycles.encode += slowest.encode;
}

/// All positions of the unit for output channels [begin, end), wave by wave.
void RnaStage::add_pass(std::uint32_t begin, std::uint32_t end, std::uint32_t rows,
                        Totals& totals) const
{
    const Config& config = m_context->config;
    const std::size_t positions = std::size_t{rows} * m_stage.out_width;
    const std::size_t at_once = std::max(1u, m_stage.arrays / (end - begin));
    for (std::size_t p = 0; p < positions; p += at_once) {
        const std::size_t n = std::min(at_once, positions - p);
        const std::uint64_t bits = wave_bits(p, n);
        const std::uint64_t accesses = ceil_div(bits, config.buffer_bits);
        totals.events.bus_bits += bits;
        totals.events.buffer_accesses += accesses;
        add_wave(p, n, begin, end, accesses, totals);
    }
}

std::uint64_t RnaStage::code_cells(std::uint32_t channels) const
{
    return std::uint64_t{channels} * m_fan_in * ceil_log2(m_shape.weight_codes);
}

/// Products that a block takes up with another channel: none where all channels share a table.
std::uint64_t RnaStage::reload_products() const
{
    return m_own_products ? std::uint64_t{m_shape.weight_codes} * m_shape.input_codes : 0;
}

/// Weight codes of one neuron, row by row, and `products`, each a row; blocks side by side.
std::uint64_t RnaStage::write_ps(std::uint64_t products) const
{
    const std::uint64_t rows = ceil_div(code_cells(1), m_context->config.crossbar_rows) + products;
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(rows) *
                     m_context->technology.get(parameter::row_write_ns.key) * 1000.0));
}

void RnaStage::charge(std::uint32_t rows, Work& work) const
{
    const std::uint32_t at_once = std::min(m_outputs, m_stage.arrays);
    Totals totals;
    std::uint64_t reloads_ps = 0;
    for (std::uint32_t begin = 0; begin < m_outputs; begin += at_once) {
        const std::uint32_t end = std::min(begin + at_once, m_outputs);
        add_pass(begin, end, rows, totals);
        if (at_once == m_outputs) break;  // codes stay where they are
        totals.events.cell_writes +=
            code_cells(end - begin) + (end - begin) * reload_products() * m_shape.product_bits;
        const std::uint64_t reload_ps = write_ps(reload_products());
        reloads_ps += reload_ps;
        totals.events.written_cycles += written_cycles(end - begin, reload_ps, m_context->config);
    }
    CamEvents& e = totals.events;
    const std::uint64_t y = sum_bits(m_shape);
    e.counted = totals.neurons * m_fan_in;
    e.row_reads = totals.reads;
    e.read_bits = totals.reads * m_shape.product_bits;
    e.gates = 6 * totals.compressors * (m_shape.product_bits + y) + 12 * y * totals.neurons;
    const auto key = [&](unsigned bits) { return bits != 0 ? bits : y; };
    e.activation_row_bits =
        totals.neurons * m_shape.activation_rows * key(m_shape.activation_key_bits);
    e.encoding_row_bits = totals.neurons * m_shape.encode_rows * key(m_shape.encode_key_bits);
    e.charge(m_context->books, m_context->config, work);
    if (reloads_ps != 0)
        work.segments.push_back({m_context->books.crossbar, "reload", 0, reloads_ps});
    totals.cycles.schedule(m_context->books, m_context->config, reloads_ps, work);
}

}  // namespace imc::cam
