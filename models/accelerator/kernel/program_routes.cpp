// SPDX-License-Identifier: Apache-2.0
#include "accelerator/kernel/program_routes.h"

#include "common/kept_rows.h"
#include "common/unit_plan.h"

#include <algorithm>
#include <array>
#include <limits>

namespace imc::accelerator {

namespace {

constexpr std::uint64_t max_psum_elements = 1u << 24;  ///< of an owner's slots: bounds host memory

/// Rows of an image, out of [begin, end), that this copy of a stage makes.
std::uint64_t own_rows(const imc_stage& stage, std::uint32_t begin, std::uint32_t end)
{
    std::uint64_t rows = 0;
    for (std::uint32_t i = 0; i < own_units_per_image(stage); ++i) {
        const RowRange range = unit_rows_of(stage, i);
        const std::uint32_t first = std::max(range.begin, begin), last = std::min(range.end, end);
        if (first < last) rows += last - first;
    }
    return rows;
}

[[noreturn]] void fail(const std::string& who, const char* what)
{
    throw ProgramError(IMC_ERROR_BAD_PROGRAM, who + ": " + what);
}

/// Who sends: a stage or the source.
struct Sender {
    std::string name;
    std::uint32_t channel_begin, channel_end, height, width, unit_rows;
    std::uint64_t rows;
    const imc_stage* stage;  ///< nullptr = source

    /// Rows of an image that leave on `r`, for a consumer that gets all of them or `kept`.
    std::uint64_t rows_on(const imc_route& r, const KeptRows* kept = nullptr) const
    {
        const std::uint32_t end = r.row_count == 0 ? height : r.row_first + r.row_count;
        if (kept == nullptr && r.row_count == 0) return rows;
        if (kept == nullptr)
            return stage == nullptr ? end - r.row_first : own_rows(*stage, r.row_first, end);
        std::uint64_t sent = 0;
        for (std::uint32_t y = r.row_first; y < end; ++y)
            if (kept->has(static_cast<std::uint32_t>(std::int64_t{y} + r.row_offset)))
                sent += stage == nullptr ? 1 : own_rows(*stage, y, y + 1);
        return sent;
    }
};

class RouteCheck {
public:
    RouteCheck(const Program& program)
        : m_program(program),
          m_got(program.stages.size()),
          m_kept(kept_rows(program.stages)),
          m_sums(program.stages.size())
    {
    }

    void range(const std::string& who, std::uint64_t begin, std::uint64_t count) const
    {
        if (begin > m_program.routes.size() || count > m_program.routes.size() - begin ||
            count > 0xFFFF)
            fail(who, "its routes lie outside the table");
    }

    void route(const Sender& from, const imc_route& r)
    {
        if (r.channel_count == 0 || r.channel_first < from.channel_begin ||
            r.channel_first > from.channel_end ||
            r.channel_count > from.channel_end - r.channel_first)
            fail(from.name, "a route sends channels that are not made there");
        rows_fit(from, r);
        const bool psum = r.stream == IMC_PSUM_STREAM;
        const bool worker = from.stage != nullptr && from.stage->role == IMC_ROLE_PSUM_WORKER;
        if (psum != worker)
            fail(from.name, "partial sums go from workers to owners and nowhere else");
        if (r.stage == IMC_ROUTE_SINK) return to_sink(from, r);
        if (r.stage >= m_program.stages.size() || m_program.stages[r.stage].tile != r.tile)
            fail(from.name, "a route's stage or tile is out of range");
        psum ? to_owner(from, r) : to_stream(from, r);
    }

    void totals() const
    {
        for (const imc_stage& stage : m_program.stages) {
            const std::string who = "stage " + std::to_string(stage.id);
            for (unsigned s = 0; s < stage.streams; ++s)
                if (m_got[stage.id][s] !=
                    std::uint64_t{stage.in[s].channels} *
                        kept_count(m_kept[stage.id][s].get(), stage.in[s].height))
                    fail(who, "a stream gets more or fewer channels than it waits for");
            const std::uint64_t sums = own_rows(stage, 0, stage.out_height) *
                                       (stage.channel_end - stage.channel_begin) *
                                       stage.psum_workers;
            if ((stage.role == IMC_ROLE_PSUM_OWNER) != (stage.psum_workers != 0) ||
                m_sums[stage.id] != sums)
                fail(who, "it gets more or fewer partial sums than it waits for");
        }
        const imc_port& output = m_program.header.output;
        if (m_sink != std::uint64_t{output.channels} * output.height)
            fail("sink", "it gets another number of rows than the output has");
    }

private:
    void rows_fit(const Sender& from, const imc_route& r) const
    {
        if (r.row_count == 0 && r.row_first == 0 && r.row_offset == 0) return;
        const bool inside = r.row_first < from.height && r.row_count != 0 &&
                            r.row_count <= from.height - r.row_first;
        if (!inside || r.stream == IMC_PSUM_STREAM)
            fail(from.name, "a route sends rows that are not made there");
    }

    /// Rows of `from` on `r`, as numbered by a consumer of `height` rows, all exist there.
    static bool lands(const Sender& from, const imc_route& r, std::uint32_t height)
    {
        if (r.row_count == 0) return from.height == height;
        const std::int64_t begin = std::int64_t{r.row_first} + r.row_offset;
        return begin >= 0 && begin + r.row_count <= height;
    }

    void to_sink(const Sender& from, const imc_route& r)
    {
        const imc_port& output = m_program.header.output;
        const std::uint64_t end =
            std::uint64_t{r.channel_first} + r.channel_count + r.channel_offset;
        if (!lands(from, r, output.height) || from.width != output.width || end > output.channels)
            fail(from.name, "what it sends to the sink does not fit the output");
        m_sink += from.rows_on(r) * r.channel_count;
    }

    void to_stream(const Sender& from, const imc_route& r)
    {
        const imc_stage& to = m_program.stages[r.stage];
        if (r.stream >= to.streams)
            fail(from.name, "a route names a stream that its stage does not have");
        const imc_stream& in = to.in[r.stream];
        const std::uint64_t begin = std::uint64_t{r.channel_first} + r.channel_offset;
        if (begin < in.channel_begin ||
            begin + r.channel_count > std::uint64_t{in.channel_begin} + in.channels)
            fail(from.name, "a route's channels lie outside the stream it names");
        if (!lands(from, r, in.height) || in.width != from.width)
            fail(from.name, "a route joins different row shapes");
        const std::uint64_t rows = from.rows_on(r, m_kept[r.stage][r.stream].get());
        if (r.depth_rows != in.depth_rows ||
            in.depth_rows < std::min<std::uint64_t>(from.unit_rows, rows))
            fail(from.name,
                 "a route's slots are not those of its stream, or fewer than it sends at once");
        m_got[r.stage][r.stream] += rows * r.channel_count;
    }

    void to_owner(const Sender& from, const imc_route& r)
    {
        const imc_stage& to = m_program.stages[r.stage];
        const imc_stage& worker = *from.stage;
        const bool alike = to.copy == worker.copy && to.copies == worker.copies &&
                           to.unit_rows == worker.unit_rows && to.out_height == worker.out_height &&
                           to.out_width == worker.out_width;
        if (to.role != IMC_ROLE_PSUM_OWNER || !alike || r.channel_offset != 0 ||
            r.channel_first < to.channel_begin ||
            r.channel_first + r.channel_count > to.channel_end)
            fail(from.name, "its partial sums do not fit their owner");
        const std::uint64_t row = std::uint64_t{to.channel_end - to.channel_begin} * to.out_width;
        if (r.depth_rows < worker.unit_rows || r.depth_rows > max_psum_elements / row)
            fail(from.name, "slots of its partial sums are out of range");
        if (m_psum_depth.size() <= r.stage) m_psum_depth.resize(r.stage + 1u);
        if (m_psum_depth[r.stage] != 0 && m_psum_depth[r.stage] != r.depth_rows)
            fail(from.name, "workers of one owner name different slots");
        m_psum_depth[r.stage] = r.depth_rows;
        m_sums[r.stage] += from.rows * r.channel_count;
    }

    const Program& m_program;
    std::vector<std::array<std::uint64_t, IMC_MAX_STREAMS>> m_got;  ///< channels x rows
    std::vector<KeptOfStreams> m_kept;
    std::vector<std::uint64_t> m_sums;
    std::vector<std::uint32_t> m_psum_depth;
    std::uint64_t m_sink = 0;
};

}  // namespace

void check_routes(const Program& program, const AcceleratorConfig&)
{
    RouteCheck check(program);
    const imc_program_header& h = program.header;
    const Sender source{"source",      0, h.input.channels, h.input.height,
                        h.input.width, 1, h.input.height,   nullptr};
    check.range(source.name, h.source_route_begin, h.source_route_count);
    for (std::uint32_t i = 0; i < h.source_route_count; ++i)
        check.route(source, program.routes[h.source_route_begin + i]);
    for (const imc_stage& s : program.stages) {
        const Sender sender{"stage " + std::to_string(s.id),
                            s.channel_begin,
                            s.channel_end,
                            s.out_height,
                            s.out_width,
                            s.unit_rows,
                            own_rows(s, 0, s.out_height),
                            &s};
        check.range(sender.name, s.route_begin, s.route_count);
        for (std::uint32_t i = 0; i < s.route_count; ++i)
            check.route(sender, program.routes[s.route_begin + i]);
    }
    check.totals();
}

namespace {

OutRoute out_route(const imc_route& r, const Program& program,
                   const std::vector<KeptOfStreams>& kept, unsigned sink_node)
{
    OutRoute out;
    out.stage = r.stage;
    out.stream = r.stream;
    out.channel_begin = r.channel_first;
    out.channel_end = r.channel_first + r.channel_count;
    out.channel_offset = r.channel_offset;
    out.row_begin = r.row_first;
    out.row_end =
        r.row_count == 0 ? std::numeric_limits<std::uint32_t>::max() : r.row_first + r.row_count;
    out.row_offset = r.row_offset;
    if (r.stage == IMC_ROUTE_SINK) {
        out.node = static_cast<std::uint16_t>(sink_node);
        out.height = program.header.output.height;
        return out;
    }
    out.node = r.tile;
    out.depth_rows = r.depth_rows;
    if (r.stream == IMC_PSUM_STREAM) return out;
    out.height = program.stages[r.stage].in[r.stream].height;
    out.kept = kept[r.stage][r.stream];
    out.skipped_rows = kept_below(out.kept.get(), rows_skipped(program.stages[r.stage], r.stream));
    return out;
}

void tell_consumer(const imc_route& r, const Producer& producer,
                   std::vector<std::shared_ptr<StageSetup>>& setups)
{
    if (r.stage == IMC_ROUTE_SINK) return;
    StageSetup& consumer = *setups[r.stage];
    if (r.stream == IMC_PSUM_STREAM) {
        consumer.psum_producers.push_back(producer);
        consumer.psum_depth_rows = r.depth_rows;
    } else {
        consumer.producers[r.stream].push_back(producer);
    }
}

}  // namespace

std::vector<std::shared_ptr<const StageSetup>> join_stages(const Program& program,
                                                           const AcceleratorConfig& config)
{
    const auto io_node = static_cast<std::uint16_t>(config.chips * config.tiles_per_chip());
    const std::vector<KeptOfStreams> kept = kept_rows(program.stages);
    std::vector<std::shared_ptr<StageSetup>> setups;
    for (const imc_stage& stage : program.stages) {
        auto setup = std::make_shared<StageSetup>();
        setup->stage = stage;
        setup->kept = kept[stage.id];
        setup->name = program.layer_name(stage.layer);
        setup->gated = program.is_gated() && stage.op != IMC_STAGE_SPILL;
        setup->io_node = io_node;
        setups.push_back(setup);
    }
    for (const imc_blob_ref& blob : program.blobs)
        setups[blob.stage]->needs_load = true;
    for (const imc_stage& stage : program.stages)
        for (std::uint32_t i = 0; i < stage.route_count; ++i) {
            const imc_route& r = program.routes[stage.route_begin + i];
            setups[stage.id]->routes.push_back(out_route(r, program, kept, io_node));
            tell_consumer(r, {stage.tile, stage.id, static_cast<std::uint16_t>(i)}, setups);
        }
    for (std::uint32_t i = 0; i < program.header.source_route_count; ++i)
        tell_consumer(program.routes[program.header.source_route_begin + i],
                      {io_node, IMC_ROUTE_SINK, static_cast<std::uint16_t>(i)}, setups);
    return {setups.begin(), setups.end()};
}

std::vector<OutRoute> source_routes(const Program& program)
{
    const std::vector<KeptOfStreams> kept = kept_rows(program.stages);
    std::vector<OutRoute> routes;
    for (std::uint32_t i = 0; i < program.header.source_route_count; ++i)
        routes.push_back(
            out_route(program.routes[program.header.source_route_begin + i], program, kept, 0));
    return routes;
}

}  // namespace imc::accelerator
