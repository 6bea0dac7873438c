// SPDX-License-Identifier: Apache-2.0
#include "trace/perfetto.h"

#include "trace/perfetto_format.h"

#include <protozero/pbf_builder.hpp>

namespace imc::trace {

namespace {

using namespace perfetto;
using Packet = protozero::pbf_builder<TracePacket>;

constexpr std::uint32_t sequence_id = 1;
constexpr std::uint64_t root_uuid = 1;
constexpr std::uint64_t power_uuid = std::uint64_t{1}
                                     << 48;  ///< group of power counters, above all ledger tracks
constexpr std::size_t max_rows = 64;  ///< a track; beyond, slices are drawn too short, not lost

/// iids of the three arguments of a slice.
enum ArgumentName : std::uint64_t { argument_layer = 1, argument_image = 2, argument_energy = 3 };

std::uint64_t uuid_of(std::uint32_t track, std::size_t row)
{
    return (std::uint64_t{row} << 32) + track + 2;
}

void add_interned(protozero::pbf_writer& data, std::uint32_t field, std::uint64_t iid,
                  const std::string& text)
{
    protozero::pbf_writer entry(data, field);
    entry.add_uint64(static_cast<std::uint32_t>(Interned::iid), iid);
    entry.add_string(static_cast<std::uint32_t>(Interned::text), text);
}

/// Writes one packet whose body `fill(packet)` adds, as the next record of `file`.
template <typename Fill>
void write_packet(OutputFile& file, Fill&& fill)
{
    {
        protozero::pbf_builder<Trace> trace(file.buffer());
        Packet packet(trace, Trace::packet);
        packet.add_uint32(TracePacket::trusted_packet_sequence_id, sequence_id);
        fill(packet);
    }
    file.end_record();
}

}  // namespace

bool PerfettoSink::Row::accepts(std::uint64_t begin_ns, std::uint64_t end_ns)
{
    while (!open.empty() && open.back().end_ns <= begin_ns)
        open.pop_back();
    if (!open.empty() && (begin_ns < open.back().begin_ns || end_ns > open.back().end_ns))
        return false;
    open.push_back({begin_ns, end_ns});
    return true;
}

PerfettoSink::PerfettoSink(const std::string& path, const Ledger& ledger,
                           const std::string& process_name,
                           const std::vector<std::string>& layer_names, const std::string& weights)
    : m_file(path), m_ledger(ledger), m_power(ledger), m_flows(ledger), m_layers(layer_names.size())
{
    write_start(process_name + (weights == "synthetic" ? " (SYNTHETIC WEIGHTS)" : ""), layer_names);
}

void PerfettoSink::write_start(const std::string& process_name,
                               const std::vector<std::string>& layer_names)
{
    write_packet(m_file, [&](Packet& packet) {
        packet.add_uint32(TracePacket::sequence_flags, incremental_state_cleared);
        protozero::pbf_writer data(packet, static_cast<std::uint32_t>(TracePacket::interned_data));
        const auto names = static_cast<std::uint32_t>(InternedData::debug_annotation_names);
        add_interned(data, names, argument_layer, "layer");
        add_interned(data, names, argument_image, "image");
        add_interned(data, names, argument_energy, "energy_pj");
        for (std::size_t i = 0; i < layer_names.size(); ++i)
            add_interned(data,
                         static_cast<std::uint32_t>(InternedData::debug_annotation_string_values),
                         i + 1, layer_names[i]);
    });
    write_packet(m_file, [&](Packet& packet) {
        protozero::pbf_builder<TrackDescriptor> track(packet, TracePacket::track_descriptor);
        track.add_uint64(TrackDescriptor::uuid, root_uuid);
        protozero::pbf_builder<ProcessDescriptor> process(track, TrackDescriptor::process);
        process.add_int32(ProcessDescriptor::pid, 1);
        process.add_string(ProcessDescriptor::process_name, process_name);
    });
}

void PerfettoSink::describe(std::uint64_t uuid, std::uint64_t parent, const std::string& name,
                            bool counter, const std::string& unit)
{
    write_packet(m_file, [&](Packet& packet) {
        protozero::pbf_builder<TrackDescriptor> track(packet, TracePacket::track_descriptor);
        track.add_uint64(TrackDescriptor::uuid, uuid);
        track.add_uint64(TrackDescriptor::parent_uuid, parent);
        track.add_string(TrackDescriptor::name, name);
        if (!counter) return;
        protozero::pbf_builder<CounterDescriptor> descriptor(track, TrackDescriptor::counter);
        descriptor.add_string(CounterDescriptor::unit_name, unit);
    });
}

std::uint64_t PerfettoSink::parent_uuid(std::int32_t parent)
{
    if (parent < 0) return root_uuid;
    described(static_cast<std::uint32_t>(parent));
    return uuid_of(static_cast<std::uint32_t>(parent), 0);
}

PerfettoSink::TrackState& PerfettoSink::described(std::uint32_t track)
{
    if (m_tracks.size() < m_ledger.tracks().size()) m_tracks.resize(m_ledger.tracks().size());
    if (!m_tracks[track].described) {
        const Track& t = m_ledger.tracks()[track];
        describe(uuid_of(track, 0), parent_uuid(t.parent), t.name, t.is_counter, t.unit);
        m_tracks[track].described = true;
        m_tracks[track].rows.push_back({uuid_of(track, 0), {}});
    }
    return m_tracks[track];
}

PerfettoSink::Row& PerfettoSink::row_for(std::uint32_t track, std::uint64_t begin_ns,
                                         std::uint64_t end_ns)
{
    auto& rows = described(track).rows;
    for (Row& row : rows)
        if (row.accepts(begin_ns, end_ns)) return row;
    if (rows.size() >= max_rows) return rows.back();
    const Track& t = m_ledger.tracks()[track];
    const std::uint64_t uuid = uuid_of(track, rows.size());
    describe(uuid, parent_uuid(t.parent), t.name, false, "");
    rows.push_back({uuid, {}});
    rows.back().accepts(begin_ns, end_ns);
    return rows.back();
}

std::uint64_t PerfettoSink::operation_iid(const char* operation)
{
    auto& iid = m_operation_of[operation];
    if (iid != 0) return iid;
    const auto [entry, is_new] = m_operations.emplace(operation, m_operations.size() + 1);
    if (is_new)
        m_pending.push_back(
            {static_cast<std::uint32_t>(InternedData::event_names), entry->second, operation});
    return iid = entry->second;
}

void PerfettoSink::begin_slice(const Activity& activity, std::uint64_t uuid, std::uint64_t time_ns)
{
    const std::uint64_t name = operation_iid(activity.operation);
    const std::uint64_t category = activity.component + 1u;
    if (m_categories.size() < category) m_categories.resize(category);
    if (!m_categories[category - 1])
        m_pending.push_back({static_cast<std::uint32_t>(InternedData::event_categories), category,
                             m_ledger.components()[activity.component].name});
    m_categories[category - 1] = true;
    const auto annotate = [](auto& event, ArgumentName argument) {
        protozero::pbf_builder<DebugAnnotation> annotation(event, TrackEvent::debug_annotations);
        annotation.add_uint64(DebugAnnotation::name_iid, argument);
        return annotation;
    };
    write_packet(m_file, [&](Packet& packet) {
        packet.add_uint64(TracePacket::timestamp, time_ns);
        packet.add_uint32(TracePacket::sequence_flags, needs_incremental_state);
        if (!m_pending.empty()) {
            protozero::pbf_writer data(packet,
                                       static_cast<std::uint32_t>(TracePacket::interned_data));
            for (const Pending& entry : m_pending)
                add_interned(data, entry.field, entry.iid, entry.text);
            m_pending.clear();
        }
        protozero::pbf_builder<TrackEvent> event(packet, TracePacket::track_event);
        event.add_enum(TrackEvent::type, slice_begin);
        event.add_uint64(TrackEvent::track_uuid, uuid);
        event.add_uint64(TrackEvent::category_iids, category);
        event.add_uint64(TrackEvent::name_iid, name);
        if (activity.layer < m_layers) {
            annotate(event, argument_layer)
                .add_uint64(DebugAnnotation::string_value_iid, activity.layer + 1u);
            annotate(event, argument_image).add_uint64(DebugAnnotation::uint_value, activity.image);
        }
        if (activity.energy_pj != 0.0)
            annotate(event, argument_energy)
                .add_double(DebugAnnotation::double_value, activity.energy_pj);
    });
}

void PerfettoSink::end_slice(std::uint64_t uuid, std::uint64_t time_ns)
{
    write_packet(m_file, [&](Packet& packet) {
        packet.add_uint64(TracePacket::timestamp, time_ns);
        protozero::pbf_builder<TrackEvent> event(packet, TracePacket::track_event);
        event.add_enum(TrackEvent::type, slice_end);
        event.add_uint64(TrackEvent::track_uuid, uuid);
    });
}

void PerfettoSink::counter_value(std::uint64_t uuid, std::uint64_t time_ns, double value)
{
    write_packet(m_file, [&](Packet& packet) {
        packet.add_uint64(TracePacket::timestamp, time_ns);
        protozero::pbf_builder<TrackEvent> event(packet, TracePacket::track_event);
        event.add_enum(TrackEvent::type, perfetto::counter);
        event.add_uint64(TrackEvent::track_uuid, uuid);
        event.add_double(TrackEvent::double_counter_value, value);
    });
}

void PerfettoSink::on_activity(const Activity& activity)
{
    m_power.add(activity);
    const std::uint64_t begin_ns = activity.start_ps / 1000;
    const std::uint64_t end_ns = (activity.start_ps + activity.duration_ps) / 1000;
    const std::uint64_t uuid = row_for(activity.track, begin_ns, end_ns).uuid;
    m_latest_ns = std::max(m_latest_ns, end_ns);
    begin_slice(activity, uuid, begin_ns);
    end_slice(uuid, end_ns);
}

void PerfettoSink::on_begin(const Activity& activity)
{
    ++described(activity.track).begun;
    m_latest_ns = std::max(m_latest_ns, activity.start_ps / 1000);
    begin_slice(activity, uuid_of(activity.track, 0), activity.start_ps / 1000);
}

void PerfettoSink::on_end(std::uint32_t track, std::uint64_t time_ps)
{
    --m_tracks[track].begun;
    m_latest_ns = std::max(m_latest_ns, time_ps / 1000);
    end_slice(uuid_of(track, 0), time_ps / 1000);
}

void PerfettoSink::on_counter(std::uint32_t track, std::uint64_t time_ps, double value)
{
    TrackState& state = described(track);
    if (state.has_value && state.last_value == value) return;
    state.has_value = true;
    state.last_value = value;
    counter_value(uuid_of(track, 0), time_ps / 1000, value);
}

void PerfettoSink::on_flow(std::uint32_t track, std::uint64_t start_ps, std::uint64_t duration_ps,
                           double amount)
{
    m_flows.add(track, start_ps, duration_ps, amount);
}

void PerfettoSink::end_open_slices()
{
    for (std::size_t track = 0; track < m_tracks.size(); ++track)
        for (; m_tracks[track].begun != 0; --m_tracks[track].begun)
            end_slice(uuid_of(static_cast<std::uint32_t>(track), 0), m_latest_ns);
}

void PerfettoSink::write_flows()
{
    for (const std::uint32_t track : m_flows.tracks()) {
        described(track);
        for (const auto& point : m_flows.points(track))
            counter_value(uuid_of(track, 0), point.time_ps / 1000, point.per_s);
    }
}

void PerfettoSink::write_power()
{
    const auto samples = m_power.samples();
    if (samples.empty()) return;
    describe(power_uuid, root_uuid, "power", false, "");
    describe(power_uuid + 1, power_uuid, "power total", true, "W");
    const auto powered = m_power.powered(samples);
    for (std::size_t c = 0; c < m_ledger.components().size(); ++c)
        if (powered[c])
            describe(power_uuid + 2 + c, power_uuid, "power " + m_ledger.components()[c].name, true,
                     "W");
    std::vector<double> shown(m_ledger.components().size() + 1, -1.0);
    for (const auto& sample : samples) {
        double total = 0.0;
        for (std::size_t c = 0; c < sample.power_w.size(); ++c) {
            total += sample.power_w[c];
            if (!powered[c] || shown[c + 1] == sample.power_w[c]) continue;
            counter_value(power_uuid + 2 + c, sample.time_ps / 1000,
                          shown[c + 1] = sample.power_w[c]);
        }
        if (shown[0] != total)
            counter_value(power_uuid + 1, sample.time_ps / 1000, shown[0] = total);
    }
}

void PerfettoSink::close()
{
    if (m_closed) return;
    m_closed = true;
    end_open_slices();
    write_flows();
    write_power();
    m_file.close();
}

}  // namespace imc::trace
