// SPDX-License-Identifier: Apache-2.0
/// What reaches a stage from outside, and what it shows to the outside: diagnosis and trace.
#include "common/module/sim_time.h"
#include "common/module/tile.h"
#include "common/module/tile_stage.h"

#include <algorithm>

namespace imc {

bool TileStage::on_rows(const noc::PacketHeader& header, const unsigned char* data)
{
    const buffer::RowPiece piece{header.row,         header.image,   header.channel_begin,
                                 header.channel_end, header.x_begin, header.x_end};
    bool fits = false;
    if (header.kind == noc::Kind::psum)
        fits = header.stream == IMC_PSUM_STREAM && m_setup->stage.role == IMC_ROLE_PSUM_OWNER &&
               m_psums.add(piece, reinterpret_cast<const std::int64_t*>(data));
    else
        fits = header.stream < m_streams.size() &&
               m_streams[header.stream].put(piece, reinterpret_cast<const std::int32_t*>(data));
    poke();
    trace_queue();
    return fits;
}

void TileStage::on_credit(const noc::PacketHeader& header)
{
    if (header.route >= m_credits.size()) return;
    const std::uint64_t limit = header.row + m_setup->routes[header.route].depth_rows;
    m_credits[header.route] = std::max(m_credits[header.route], limit);
    poke();
}

void TileStage::on_arrived()
{
    if (m_unacknowledged != 0 && --m_unacknowledged == 0) m_wake.notify(sc_core::SC_ZERO_TIME);
}

void TileStage::on_gate(std::uint64_t images)
{
    m_gate = std::max(m_gate, images);
    poke();
}

void TileStage::on_blob(std::shared_ptr<const void> keep, const unsigned char* data,
                        std::size_t bytes)
{
    m_blob = std::move(keep);
    m_blob_data = data;
    m_blob_bytes = bytes;
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

/// Wakes the waiting process if it can go on, or now waits for something else.
void TileStage::poke()
{
    if (m_waiting != Blocker::none && blocker() != m_waiting) m_wake.notify(sc_core::SC_ZERO_TIME);
}

bool TileStage::busy() const
{
    if (!active()) return false;
    const imc_stage& stage = m_setup->stage;
    if (m_blob != nullptr || m_unit != 0 || (m_setup->gated && m_image < m_gate)) return true;
    for (unsigned s = 0; s < stage.streams; ++s) {
        const std::uint64_t first = m_setup->rows_before(s, m_image, rows_skipped(stage, s));
        if (m_streams[s].complete() > first || m_streams[s].arrived(first) != 0) return true;
    }
    return false;
}

std::string TileStage::input_state() const
{
    const imc_stage& stage = m_setup->stage;
    std::string text;
    for (unsigned s = 0; s < stage.streams; ++s) {
        const std::uint64_t base = m_setup->rows_before(s, m_image, 0);
        const std::uint64_t needed =
            m_setup->rows_before(s, m_image, rows_needed(stage, s, current().end));
        const std::uint64_t here = m_streams[s].complete();
        if (here >= needed) continue;
        text += "; stream " + std::to_string(s) + " has rows below " + std::to_string(here - base) +
                " of " + std::to_string(needed - base) + ", of row " + std::to_string(here - base) +
                " " + std::to_string(m_streams[s].arrived(here)) + " of " +
                std::to_string(m_streams[s].row_elements()) + " elements, " +
                std::to_string(m_streams[s].depth()) + " slots";
        if (needed > m_streams[s].released() + m_streams[s].depth()) text += " (too few)";
    }
    return text;
}

std::string TileStage::credit_state() const
{
    const RowRange rows = current();
    std::string text;
    for (std::size_t r = 0; r < m_credits.size(); ++r)
        if (!credit_here(r, rows)) {
            const OutRoute& route = m_setup->routes[r];
            text += "; stage " + std::to_string(route.stage) + " on node " +
                    std::to_string(route.node) + " stream " + std::to_string(route.stream) +
                    " has " + std::to_string(route.depth_rows) + " slots, all taken";
        }
    return text;
}

std::string TileStage::diagnosis() const
{
    static const char* const reasons[] = {
        "is at work",           "waits for its weights",  "waits for its step to open",
        "waits for input rows", "waits for partial sums", "waits for credits"};
    if (!busy()) return {};
    const Blocker reason = blocker();
    std::string text = "tile " + std::to_string(m_tile.node()) + " stage " +
                       std::to_string(m_setup->stage.id) + " (" + m_setup->name + ") image " +
                       std::to_string(m_image) + " row " + std::to_string(current().begin) +
                       " of " + std::to_string(m_setup->stage.out_height) + " " +
                       reasons[static_cast<int>(reason)];
    if (reason == Blocker::input) text += input_state();
    if (reason == Blocker::credit) text += credit_state();
    return text;
}

/// A SPILL takes rows in while the layer that will read them does not work yet: its time is
/// nobody's, though its energy is that layer's in the books.
LayerId TileStage::traced_layer() const
{
    const imc_stage& stage = m_setup->stage;
    return stage.op == IMC_STAGE_SPILL ? shared_layer : stage.layer;
}

std::uint32_t TileStage::stage_track()
{
    if (m_track < 0)
        m_track =
            m_tile.m_ledger.track("s" + std::to_string(m_setup->stage.id) + " " + m_setup->name,
                                  static_cast<std::int32_t>(m_tile.trace_track()));
    return static_cast<std::uint32_t>(m_track);
}

/// Rows that are here and not yet given back, over all streams.
void TileStage::trace_queue()
{
    Ledger& ledger = m_tile.m_ledger;
    if (!ledger.traced()) return;
    std::uint64_t rows = 0;
    for (const auto& stream : m_streams)
        rows += stream.complete() - std::min(stream.complete(), stream.released());
    if (m_queue_track < 0)
        m_queue_track =
            ledger.counter_track("rows waiting", "rows", static_cast<std::int32_t>(stage_track()));
    ledger.counter(static_cast<std::uint32_t>(m_queue_track), now_ps(), static_cast<double>(rows));
}

void TileStage::trace_unit(std::uint64_t start_ps)
{
    static const char* const operations[] = {"conv",   "add", "maxpool", "avgpool",
                                             "affine", "lut", "copy",    "spill"};
    Ledger& ledger = m_tile.m_ledger;
    Activity unit;
    unit.track = stage_track();
    unit.component =
        m_work.segments.empty() ? m_tile.m_buffer.component : m_work.segments.front().component;
    unit.operation = ledger.phase() == Phase::setup ? "program" : operations[m_setup->stage.op];
    unit.start_ps = start_ps;
    unit.duration_ps = m_work.duration_ps;
    unit.layer = traced_layer();
    unit.image = m_image_id;
    ledger.activity(unit);
    trace_components(start_ps);
}

/// One activity a segment, with its component's energy in proportion to its time; a component
/// without segment has its energy spread over the unit.
void TileStage::trace_components(std::uint64_t start_ps)
{
    Ledger& ledger = m_tile.m_ledger;
    std::vector<double> energy(ledger.components().size());
    std::vector<std::uint64_t> busy(ledger.components().size());
    for (const auto& c : m_work.counts) {
        const Event& event = ledger.events()[c.event];
        energy[event.component] += static_cast<double>(c.times) * event.energy_pj;
    }
    for (const auto& s : m_work.segments)
        busy[s.component] += s.duration_ps;
    const auto emit = [&](const Segment& s, double energy_pj) {
        Activity a;
        a.track = component_track(s.component);
        a.component = s.component;
        a.operation = s.operation;
        a.start_ps = start_ps + s.offset_ps;
        a.duration_ps = s.duration_ps;
        a.energy_pj = energy_pj;
        a.layer = traced_layer();
        a.image = m_image_id;
        ledger.activity(a);
    };
    for (const auto& s : m_work.segments)
        if (busy[s.component] != 0)
            emit(s, energy[s.component] * static_cast<double>(s.duration_ps) /
                        static_cast<double>(busy[s.component]));
    for (std::size_t c = 0; c < energy.size(); ++c)
        if (busy[c] == 0 && energy[c] != 0.0)
            emit({static_cast<ComponentId>(c), "work", 0, m_work.duration_ps}, energy[c]);
}

std::uint32_t TileStage::component_track(ComponentId component)
{
    if (m_component_tracks.size() <= component) m_component_tracks.resize(component + 1u, -1);
    std::int64_t& track = m_component_tracks[component];
    if (track < 0)
        track = m_tile.m_ledger.track(m_tile.m_ledger.components()[component].name,
                                      static_cast<std::int32_t>(stage_track()));
    return static_cast<std::uint32_t>(track);
}

}  // namespace imc
