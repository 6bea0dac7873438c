// SPDX-License-Identifier: Apache-2.0
/// Additions, pooling and look-ups: codes in, codes out, by the memories and the adder of the
/// tile's blocks. All blocks of the tile serve (ASSUME: those of a layer wait while its rows are
/// pooled anyway).
#include "cam/cost/rna_cost.h"
#include "cam/engine/cam_engine.h"
#include "cam/kernel/stage_tables.h"
#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

namespace imc::cam {

namespace {

constexpr unsigned value_bits = 16;  ///< of decoded values
constexpr unsigned read_cycles = 3;  ///< a table read (RNSnet [S9])

class CodeStage : public StageEngine {
public:
    CodeStage(const imc_stage& stage, std::shared_ptr<const CamContext> context)
        : m_stage(stage),
          m_context(std::move(context)),
          m_channels(stage.channel_end - stage.channel_begin)
    {
        const unsigned streams = stage.op == IMC_STAGE_ADD ? 2 : 1;
        if (stage.streams != streams)
            throw InputError("stage " + std::to_string(stage.id) + ": " +
                             std::to_string(stage.streams) + " inputs where the operation has " +
                             std::to_string(streams));
    }

    Work load(const Blob& blob) override;
    void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override;

private:
    const std::int32_t* input_row(const InputRows& in, unsigned stream, std::uint32_t y) const;
    void add(std::uint32_t y, const InputRows& in);
    void look_up(std::uint32_t y, const InputRows& in);
    void max_pool_row(std::uint32_t y, const InputRows& in);
    void average_row(std::uint32_t y, const InputRows& in);
    unsigned window(std::uint32_t y, std::uint32_t x, const InputRows& in,
                    std::vector<const std::int32_t*>& cells) const;
    void charge(std::uint64_t elements, Work& work) const;
    NeuronCycles element_cycles() const;

    imc_stage m_stage;
    std::shared_ptr<const CamContext> m_context;
    std::uint32_t m_channels;
    CodebookHead m_head;
    OutputStage m_output;
    std::optional<ResidualAdd> m_add;
    std::optional<AveragePool> m_average;
    std::vector<std::int32_t> m_row;  ///< [channel][x] of the output row at work
};

Work CodeStage::load(const Blob& blob)
{
    Work work;
    const StageTables tables = read_tables(blob);
    m_head = tables.head;
    m_output = tables.output(m_stage.out_min, m_stage.out_max);
    if (m_stage.op == IMC_STAGE_ADD) m_add.emplace(tables.decode[0], tables.decode[1], m_output);
    if (m_stage.op == IMC_STAGE_AVGPOOL)
        m_average.emplace(tables.decode[0], m_output,
                          unsigned{m_stage.kernel_h} * m_stage.kernel_w);
    if (m_stage.op == IMC_STAGE_LUT && m_output.activation.rows() == 0)
        throw InputError("stage " + std::to_string(m_stage.id) + ": a look-up without rows");

    const Config& config = m_context->config;
    const std::uint64_t blocks = std::min<std::uint64_t>(
        config.rnas_per_tile, std::uint64_t{m_channels} * m_stage.out_width * m_stage.unit_rows);
    CamEvents events;
    events.cell_writes = blocks * (m_head.decode_codes[0] + m_head.decode_codes[1]) * value_bits;
    events.activation_row_writes = blocks * m_head.activation_rows;
    events.encoding_row_writes = blocks * m_head.encode_rows;
    const Technology& t = m_context->technology;
    const double ns =
        (m_head.decode_codes[0] + m_head.decode_codes[1]) * t.get(parameter::row_write_ns.key) +
        (m_head.activation_rows + m_head.encode_rows) * t.get(parameter::cam_row_write_ns.key);
    work.duration_ps = static_cast<std::uint64_t>(std::llround(ns * 1000.0));
    events.written_cycles = written_cycles(blocks, work.duration_ps, config);
    events.charge(m_context->books, config, work);
    if (work.duration_ps != 0)
        work.segments.push_back({m_context->books.activation, "program", 0, work.duration_ps});
    return work;
}

/// A row of codes; those of additions and averages are bounded by their decode table.
const std::int32_t* CodeStage::input_row(const InputRows& in, unsigned stream,
                                         std::uint32_t y) const
{
    const std::int32_t* row = in.row(stream, y);
    const std::uint32_t codes = m_head.decode_codes[stream];
    const std::size_t count = std::size_t{m_channels} * m_stage.in[stream].width;
    if (codes != 0 && std::any_of(row, row + count, [&](std::int32_t code) {
            return static_cast<std::uint32_t>(code) >= codes;
        }))
        throw InputError("stage " + std::to_string(m_stage.id) +
                         ": an input code lies outside of its codebook");
    return row;
}

void CodeStage::add(std::uint32_t y, const InputRows& in)
{
    m_add->run(input_row(in, 0, y), input_row(in, 1, y), m_row.size(), m_row.data());
}

void CodeStage::look_up(std::uint32_t y, const InputRows& in)
{
    std::copy_n(in.row(0, y), m_row.size(), m_row.begin());
    m_output.run(m_row.data(), m_row.size());
}

/// First code of every cell of a window that lies inside the input (code of channel 0); returns how
/// many there are.
unsigned CodeStage::window(std::uint32_t y, std::uint32_t x, const InputRows& in,
                           std::vector<const std::int32_t*>& cells) const
{
    cells.clear();
    const imc_stream& s = m_stage.in[0];
    for (unsigned ky = 0; ky < m_stage.kernel_h; ++ky)
        for (unsigned kx = 0; kx < m_stage.kernel_w; ++kx) {
            const std::int64_t iy = std::int64_t{y} * m_stage.stride_h +
                                    std::int64_t{ky} * m_stage.dilation_h - m_stage.pad_top;
            const std::int64_t ix = std::int64_t{x} * m_stage.stride_w +
                                    std::int64_t{kx} * m_stage.dilation_w - m_stage.pad_left;
            if (iy >= 0 && ix >= 0 && iy < s.height && ix < s.width)
                cells.push_back(input_row(in, 0, static_cast<std::uint32_t>(iy)) + ix);
        }
    return static_cast<unsigned>(cells.size());
}

void CodeStage::max_pool_row(std::uint32_t y, const InputRows& in)
{
    const std::size_t pitch = m_stage.in[0].width;
    std::vector<const std::int32_t*> cells;
    std::vector<std::int32_t> codes, largest(m_channels);
    for (std::uint32_t x = 0; x < m_stage.out_width; ++x) {
        const unsigned count = window(y, x, in, cells);
        codes.resize(std::size_t{count} * m_channels);
        for (unsigned w = 0; w < count; ++w)
            for (std::uint32_t c = 0; c < m_channels; ++c)
                codes[w * m_channels + c] = cells[w][c * pitch];
        std::fill(largest.begin(), largest.end(), m_stage.out_min);
        if (count != 0) max_pool(codes.data(), count, m_channels, largest.data());
        for (std::uint32_t c = 0; c < m_channels; ++c)
            m_row[std::size_t{c} * m_stage.out_width + x] = largest[c];
    }
}

void CodeStage::average_row(std::uint32_t y, const InputRows& in)
{
    const std::size_t pitch = m_stage.in[0].width;
    const unsigned whole = unsigned{m_stage.kernel_h} * m_stage.kernel_w;
    std::vector<const std::int32_t*> cells;
    std::vector<std::int64_t> sums(m_channels);
    std::vector<std::int32_t> means(m_channels);
    for (std::uint32_t x = 0; x < m_stage.out_width; ++x) {
        const unsigned inside = window(y, x, in, cells);
        const unsigned count = m_stage.count_include_pad != 0 ? whole : inside;
        const std::int64_t padding =
            count == inside ? 0 : (count - inside) * m_average->decode(m_stage.in[0].pad_code);
        for (std::uint32_t c = 0; c < m_channels; ++c) {
            sums[c] = padding;
            for (const std::int32_t* cell : cells)
                sums[c] += m_average->decode(cell[c * pitch]);
        }
        m_average->finish(sums.data(), count, m_channels, means.data());
        for (std::uint32_t c = 0; c < m_channels; ++c)
            m_row[std::size_t{c} * m_stage.out_width + x] = means[c];
    }
}

void CodeStage::run(std::uint32_t, std::uint32_t first, std::uint32_t rows, const InputRows& in,
                    std::int32_t* out, std::int64_t*, Work& work)
{
    m_row.resize(std::size_t{m_channels} * m_stage.out_width);
    for (std::uint32_t r = 0; r < rows; ++r) {
        const std::uint32_t y = first + r;
        if (m_stage.op == IMC_STAGE_ADD) add(y, in);
        if (m_stage.op == IMC_STAGE_LUT) look_up(y, in);
        if (m_stage.op == IMC_STAGE_MAXPOOL) max_pool_row(y, in);
        if (m_stage.op == IMC_STAGE_AVGPOOL) average_row(y, in);
        for (std::uint32_t c = 0; c < m_channels; ++c)
            std::copy_n(m_row.data() + std::size_t{c} * m_stage.out_width, m_stage.out_width,
                        out + (std::size_t{c} * rows + r) * m_stage.out_width);
    }
    charge(std::uint64_t{rows} * m_row.size(), work);
}

/// Phases of one element. A maximum is one search among the window's codes for the one nearest to
/// the largest code there is (ASSUME: the codes of the window stand in the encoding memory).
NeuronCycles CodeStage::element_cycles() const
{
    const Config& config = m_context->config;
    const unsigned cells = unsigned{m_stage.kernel_h} * m_stage.kernel_w;
    NeuronCycles c;
    if (m_stage.op == IMC_STAGE_MAXPOOL) {
        c.encode = search_cycles(m_stage.in[0].bits, config);
        return c;
    }
    if (m_stage.op == IMC_STAGE_LUT) {
        c.activate = search_cycles(m_stage.in[0].bits, config);
        return c;
    }
    const unsigned terms = m_stage.op == IMC_STAGE_ADD ? 2 : cells;
    RnaShape sum;
    sum.fan_in = terms;
    sum.product_bits = value_bits;
    sum.bias = false;
    sum.activation_rows = m_head.activation_rows;
    sum.relu = m_head.relu != 0;
    sum.encode_rows = m_head.encode_rows;
    sum.encode_key_bits = m_head.activation_rows != 0 ? value_bits : 0;
    c = neuron_cycles(sum, config, 0, 0, terms);
    c.broadcast = 0;
    c.read = std::uint64_t{read_cycles} * terms;
    return c;
}

void CodeStage::charge(std::uint64_t elements, Work& work) const
{
    const Config& config = m_context->config;
    const NeuronCycles each = element_cycles();
    const std::uint64_t waves = (elements + config.rnas_per_tile - 1) / config.rnas_per_tile;
    CamEvents e;
    e.busy_cycles = elements * each.latency();
    const std::uint64_t cells = std::uint64_t{m_stage.kernel_h} * m_stage.kernel_w;
    const std::uint64_t terms = m_stage.op == IMC_STAGE_ADD ? 2 : cells;
    if (m_stage.op == IMC_STAGE_MAXPOOL) {
        e.encoding_row_bits = elements * cells * m_stage.in[0].bits;
    } else if (m_stage.op == IMC_STAGE_LUT) {
        e.activation_row_bits = elements * m_head.activation_rows * m_stage.in[0].bits;
    } else {
        RnaShape sum;
        sum.fan_in = static_cast<unsigned>(terms);
        sum.product_bits = value_bits;
        e.row_reads = elements * terms;
        e.read_bits = e.row_reads * value_bits;
        e.gates = elements * adder_gates(sum, terms);
        e.activation_row_bits = elements * m_head.activation_rows * sum_bits(sum);
        e.encoding_row_bits = elements * m_head.encode_rows *
                              (m_head.activation_rows != 0 ? value_bits : sum_bits(sum));
    }
    e.charge(m_context->books, config, work);
    const PhaseCycles cycles{0, 0, waves * (each.read + each.add), waves * each.activate,
                             waves * each.encode};
    cycles.schedule(m_context->books, config, 0, work);
}

}  // namespace

std::unique_ptr<StageEngine> make_code_stage(const imc_stage& stage,
                                             std::shared_ptr<const CamContext> context)
{
    return std::make_unique<CodeStage>(stage, std::move(context));
}

}  // namespace imc::cam
