// SPDX-License-Identifier: Apache-2.0
/// Every field of a program against itself and the hardware: stages, capacities, blobs. Routes:
/// program_routes.cpp.
#include "accelerator/cost/capacity.h"
#include "accelerator/kernel/program.h"
#include "accelerator/kernel/program_routes.h"
#include "common/unit_plan.h"
#include "noc/kernel/node_map.h"

#include <vector>

namespace imc::accelerator {

namespace {

constexpr std::uint32_t max_extent = 1u << 20;  ///< of a height, a width, a count of channels
constexpr std::uint64_t max_row_elements =
    1u << 26;  ///< of a unit or of a stream's rows: bounds host memory

/// Checks of one stage; each failure names it.
class StageCheck {
public:
    StageCheck(const imc_stage& stage, const AcceleratorConfig& config)
        : m_stage(stage), m_config(config)
    {
    }

    void enums(std::uint32_t layers) const
    {
        need(m_stage.layer < layers, "layer");
        need(m_stage.op <= IMC_STAGE_SPILL, "op");
        need(m_stage.role <= IMC_ROLE_PSUM_OWNER, "role");
        need(m_stage.requant <= IMC_REQUANT_PER_CONVERSION, "requant");
        need(m_stage.scheme <= IMC_SCHEME_CODEBOOK, "scheme");
        need(m_stage.streams >= 1 && m_stage.streams <= IMC_MAX_STREAMS, "streams");
        need((m_stage.op == IMC_STAGE_SPILL) == (m_stage.engine == IMC_ENGINE_BUFFER), "engine");
    }

    void node() const
    {
        const noc::NodeMap nodes{m_config.chips, m_config.tiles_per_chip()};
        if (m_stage.engine == IMC_ENGINE_BUFFER)
            need(m_stage.tile < nodes.nodes() && nodes.is_buffer(m_stage.tile), "tile");
        else
            need(nodes.is_tile(m_stage.tile) && m_config.engine_of(m_stage.tile) == m_stage.engine,
                 "tile");
    }

    void output() const
    {
        need(in_extent(m_stage.out_channels) && in_extent(m_stage.out_height) &&
                 in_extent(m_stage.out_width),
             "output shape");
        need(m_stage.channel_begin < m_stage.channel_end &&
                 m_stage.channel_end <= m_stage.out_channels,
             "channel range");
        need(m_stage.unit_rows >= 1 && m_stage.unit_rows <= m_stage.out_height, "unit_rows");
        need(m_stage.copies >= 1 && m_stage.copy < m_stage.copies &&
                 own_units_per_image(m_stage) >= 1,
             "copies");
        need(std::uint64_t{m_stage.channel_end - m_stage.channel_begin} * m_stage.unit_rows *
                     m_stage.out_width <=
                 max_row_elements,
             "unit size");
        need(m_stage.out_bits >= 1 && m_stage.out_bits <= 32 && m_stage.out_min <= m_stage.out_max,
             "output range");
    }

    void window() const
    {
        need(m_stage.kernel_h >= 1 && m_stage.kernel_w >= 1 && m_stage.stride_h >= 1 &&
                 m_stage.stride_w >= 1 && m_stage.dilation_h >= 1 && m_stage.dilation_w >= 1 &&
                 m_stage.groups >= 1,
             "kernel");
        need(m_stage.weight_bits <= 32 && m_stage.act_bits <= 32, "bits");
        const bool windowed = m_stage.op == IMC_STAGE_CONV || m_stage.op == IMC_STAGE_MAXPOOL ||
                              m_stage.op == IMC_STAGE_AVGPOOL;
        if (!windowed) return;
        need(m_stage.streams == 1, "streams");
        const std::uint32_t outputs = m_stage.channel_end - m_stage.channel_begin;
        need(m_stage.op == IMC_STAGE_CONV || m_stage.in[0].channels == outputs, "input shape");
        need(reach(m_stage.out_height, m_stage.stride_h, m_stage.kernel_h, m_stage.dilation_h) <=
                 std::uint64_t{m_stage.in[0].height} + m_stage.pad_top + m_stage.pad_bottom,
             "window height");
        need(reach(m_stage.out_width, m_stage.stride_w, m_stage.kernel_w, m_stage.dilation_w) <=
                 std::uint64_t{m_stage.in[0].width} + m_stage.pad_left + m_stage.pad_right,
             "window width");
        need(m_stage.op != IMC_STAGE_CONV ||
                 (m_stage.in[0].channels % m_stage.groups == 0 && outputs % m_stage.groups == 0),
             "groups");
    }

    void inputs() const
    {
        for (unsigned s = 0; s < m_stage.streams; ++s) {
            const imc_stream& in = m_stage.in[s];
            need(in_extent(in.channels) && in_extent(in.height) && in_extent(in.width) &&
                     in.channel_begin < max_extent,
                 "input shape");
            need(in.bits >= 1 && in.bits <= 32, "input bits");
            const bool pointwise = m_stage.op == IMC_STAGE_ADD || m_stage.op == IMC_STAGE_AFFINE ||
                                   m_stage.op == IMC_STAGE_LUT || m_stage.op == IMC_STAGE_SPILL;
            need(!pointwise || (in.height == m_stage.out_height && in.width == m_stage.out_width &&
                                in.channels == m_stage.channel_end - m_stage.channel_begin),
                 "input shape");
            need(in.depth_rows >= 1 && in.depth_rows >= least_depth(m_stage, s),
                 "depth_rows (below the window)");
            need(std::uint64_t{in.channels} * in.width * in.depth_rows <= max_row_elements,
                 "depth_rows");
        }
    }

private:
    static bool in_extent(std::uint32_t n) { return n >= 1 && n <= max_extent; }
    static std::uint64_t reach(std::uint64_t out, std::uint64_t stride, std::uint64_t kernel,
                               std::uint64_t dilation)
    {
        return (out - 1) * stride + (kernel - 1) * dilation + 1;
    }
    void need(bool good, const char* field) const
    {
        if (!good)
            throw ProgramError(IMC_ERROR_BAD_STAGE, "stage " + std::to_string(m_stage.id) + ": " +
                                                        field + " is out of range");
    }

    const imc_stage& m_stage;
    const AcceleratorConfig& m_config;
};

void check_capacity(const Program& program, const AcceleratorConfig& config)
{
    const noc::NodeMap nodes{config.chips, config.tiles_per_chip()};
    std::vector<std::uint64_t> arrays(nodes.nodes()), bytes(nodes.nodes());
    for (const imc_stage& stage : program.stages) {
        arrays[stage.tile] += stage.arrays;
        for (unsigned s = 0; s < stage.streams; ++s)
            bytes[stage.tile] += stream_bytes(stage.in[s]);
    }
    for (const imc_stage& stage : program.stages) {
        const TileCapacity room = tile_capacity(config, static_cast<imc_engine>(stage.engine));
        const std::string node = "node " + std::to_string(stage.tile) + ": its stages need ";
        if (arrays[stage.tile] > room.arrays)
            throw ProgramError(IMC_ERROR_CAPACITY, node + std::to_string(arrays[stage.tile]) +
                                                       " arrays, it has " +
                                                       std::to_string(room.arrays));
        if (bytes[stage.tile] > room.buffer_bytes)
            throw ProgramError(IMC_ERROR_CAPACITY, node + std::to_string(bytes[stage.tile]) +
                                                       " bytes of buffer, it has " +
                                                       std::to_string(room.buffer_bytes));
    }
}

void check_blobs(const Program& program)
{
    std::vector<bool> seen(program.stages.size());
    std::uint32_t last_step = 0;
    for (const imc_blob_ref& blob : program.blobs) {
        const bool inside = blob.offset >= program.header.payload_offset &&
                            blob.offset <= program.header.total_bytes &&
                            blob.bytes <= program.header.total_bytes - blob.offset &&
                            blob.bytes != 0;
        if (blob.stage >= program.stages.size() || seen[blob.stage] || !inside ||
            blob.offset % 64 != 0)
            throw ProgramError(IMC_ERROR_BAD_PROGRAM,
                               "program: the blob of stage " + std::to_string(blob.stage) +
                                   " lies outside, is misaligned, doubled or of no stage");
        seen[blob.stage] = true;
        if (blob.reload == 0) continue;
        const std::uint32_t step = program.layers[program.stages[blob.stage].layer].step;
        if (!program.is_gated() || step < last_step)
            throw ProgramError(IMC_ERROR_BAD_PROGRAM,
                               "program: the blob of stage " + std::to_string(blob.stage) +
                                   " comes with images, but steps do not open in its order");
        last_step = step;
    }
}

void check_header_fields(const Program& program)
{
    const auto fail = [](const char* field) {
        throw ProgramError(IMC_ERROR_BAD_PROGRAM,
                           std::string("program: ") + field + " is out of range");
    };
    const imc_program_header& h = program.header;
    if (h.schedule > IMC_SCHEDULE_LAYER_SEQUENTIAL) fail("schedule");
    if (h.steps < 1 || h.steps > 0xFFFF) fail("steps");
    if (program.layers.empty() || program.stages.empty()) fail("number of layers or stages");
    for (const imc_port* port : {&h.input, &h.output}) {
        const bool shape =
            port->channels >= 1 && port->channels <= max_extent && port->height >= 1 &&
            port->height <= max_extent && port->width >= 1 && port->width <= max_extent &&
            std::uint64_t{port->channels} * port->height <= max_row_elements / port->width;
        if (!shape || (port->bytes != 1 && port->bytes != 2 && port->bytes != 4))
            fail("input or output port");
        if (port->bits < 1 || port->bits > 8 * port->bytes) fail("bits of a port");
    }
    for (const imc_layer& layer : program.layers)
        if (layer.step >= h.steps || layer.name >= program.strings.size())
            fail("step or name of a layer");
}

}  // namespace

void check_program(const Program& program, const AcceleratorConfig& config)
{
    check_header_fields(program);
    for (std::size_t i = 0; i < program.stages.size(); ++i) {
        const imc_stage& stage = program.stages[i];
        if (stage.id != i)
            throw ProgramError(IMC_ERROR_BAD_STAGE,
                               "stage " + std::to_string(i) + ": its id is another");
        const StageCheck check(stage, config);
        check.enums(static_cast<std::uint32_t>(program.layers.size()));
        check.node();
        check.output();
        check.inputs();
        check.window();
    }
    check_routes(program, config);
    check_blobs(program);
    check_capacity(program, config);
}

}  // namespace imc::accelerator
