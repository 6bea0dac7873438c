// SPDX-License-Identifier: Apache-2.0
/// What a stage shows in traces: its units, its components' work, the rows that wait in its slots.
#include "common/module/sim_time.h"
#include "common/module/tile.h"
#include "common/module/tile_stage.h"

#include <cstring>
#include <utility>

namespace imc {

namespace {

bool has_several_operations(const Work& work, ComponentId component)
{
    const char* first = nullptr;
    for (const auto& s : work.segments) {
        if (s.component != component || s.duration_ps == 0) continue;
        if (first != nullptr && std::strcmp(first, s.operation) != 0) return true;
        first = s.operation;
    }
    return false;
}

}  // namespace

/// A SPILL takes rows in while the layer that will read them does not work yet: its time is
/// nobody's, though its energy is that layer's in the books.
LayerId TileStage::traced_layer() const
{
    const imc_stage& stage = m_setup->stage;
    return stage.op == IMC_STAGE_SPILL ? shared_layer : stage.layer;
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
    std::vector<double> energy = component_energy();
    if (has_several_operations(m_work, unit.component))
        std::swap(unit.energy_pj, energy[unit.component]);
    ledger.activity(unit);
    trace_components(unit, energy);
}

std::vector<double> TileStage::component_energy() const
{
    const Ledger& ledger = m_tile.m_ledger;
    std::vector<double> energy(ledger.components().size());
    for (const auto& c : m_work.counts) {
        const Event& event = ledger.events()[c.event];
        energy[event.component] += static_cast<double>(c.times) * event.energy_pj;
    }
    return energy;
}

/// One activity a segment. `energy` of a component goes to its segments in proportion to their time
/// where they all do the same. Otherwise nobody counted which of them took how much: it stands on
/// one activity as long as the unit, as that of a component without segments does.
void TileStage::trace_components(const Activity& unit, const std::vector<double>& energy)
{
    Ledger& ledger = m_tile.m_ledger;
    std::vector<std::uint64_t> busy(energy.size());
    for (const auto& s : m_work.segments)
        busy[s.component] += s.duration_ps;
    const auto emit = [&](const Segment& s, double energy_pj) {
        Activity a = unit;
        a.track = component_track(s.component);
        a.component = s.component;
        a.operation = s.operation;
        a.start_ps = unit.start_ps + s.offset_ps;
        a.duration_ps = s.duration_ps;
        a.energy_pj = energy_pj;
        ledger.activity(a);
    };
    std::vector<bool> several(energy.size());
    for (std::size_t c = 0; c < energy.size(); ++c) {
        several[c] = has_several_operations(m_work, static_cast<ComponentId>(c));
        if ((busy[c] == 0 || several[c]) && energy[c] != 0.0)
            emit({static_cast<ComponentId>(c), "work", 0, m_work.duration_ps}, energy[c]);
    }
    for (const auto& s : m_work.segments)
        if (busy[s.component] != 0)
            emit(s, several[s.component]
                        ? 0.0
                        : energy[s.component] * static_cast<double>(s.duration_ps) /
                              static_cast<double>(busy[s.component]));
}

/// What the network wrote into the buffer: an instant, for its energy.
void TileStage::trace_write(const noc::PacketHeader& header, unsigned bytes)
{
    Ledger& ledger = m_tile.m_ledger;
    Activity write;
    write.component = m_tile.m_buffer.component;
    write.track = component_track(write.component);
    write.operation = "write";
    write.start_ps = now_ps();
    write.energy_pj = 8.0 * bytes * ledger.events()[m_tile.m_buffer.write_bit].energy_pj;
    write.layer = header.parked ? shared_layer : traced_layer();
    write.image = header.image;
    ledger.activity(write);
}

std::uint32_t TileStage::stage_track()
{
    if (m_track < 0)
        m_track =
            m_tile.m_ledger.track("s" + std::to_string(m_setup->stage.id) + " " + m_setup->name,
                                  static_cast<std::int32_t>(m_tile.trace_track()));
    return static_cast<std::uint32_t>(m_track);
}

/// How many slots of an input stream hold a whole row.
void TileStage::trace_slots(unsigned stream)
{
    Ledger& ledger = m_tile.m_ledger;
    if (!ledger.counted()) return;
    if (m_slot_tracks.size() <= stream) m_slot_tracks.resize(stream + 1u, -1);
    std::int64_t& track = m_slot_tracks[stream];
    if (track < 0)
        track = ledger.counter_track(m_streams.size() == 1
                                         ? "rows waiting"
                                         : "rows waiting, stream " + std::to_string(stream),
                                     "rows", static_cast<std::int32_t>(stage_track()));
    const buffer::RowRing& ring = m_streams[stream];
    ledger.counter(static_cast<std::uint32_t>(track), now_ps(),
                   static_cast<double>(ring.complete() - ring.released()));
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
