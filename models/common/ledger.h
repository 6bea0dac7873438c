// SPDX-License-Identifier: Apache-2.0
/// The books of a run: counts of named energy events per layer and component, busy time, and the
/// activity stream that traces subscribe to. Counts become joules at the end, so sums are exact and
/// do not depend on the order of events.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace imc {

using ComponentId = std::uint16_t;
using EventId = std::uint32_t;
using LayerId = std::uint16_t;
constexpr LayerId shared_layer =
    0xFFFF;  ///< work that belongs to no layer (command processor, leakage)

/// A kind of hardware on the chip, e.g. all ADC banks: reports have one row each.
struct Component {
    std::string name;  ///< unique, e.g. "crossbar.adc"
    std::string kind;  ///< adc, crossbar, dac, shift_add, controller, register, buffer, digital,
                       ///< noc, dma, command, ...
    double area_mm2 = 0.0;   ///< of all instances
    double leakage_w = 0.0;  ///< of all instances
};

/// An energy event of a component, e.g. one conversion.
struct Event {
    ComponentId component = 0;
    std::string name;
    double energy_pj = 0.0;
    bool external = false;  ///< DRAM and other energy outside the accelerator
};

/// One piece of work as a trace sees it.
struct Activity {
    std::uint32_t track = 0;  ///< from Ledger::track()
    ComponentId component = 0;
    const char* operation = "";  ///< static string
    std::uint64_t start_ps = 0;
    std::uint64_t duration_ps = 0;
    double energy_pj = 0.0;
    LayerId layer = shared_layer;
    std::uint32_t image = 0;
};

/// Who wants activities and counters (Perfetto, VCD, CSV): called in simulated order of reporting,
/// not of start time.
class ActivitySink {
public:
    virtual ~ActivitySink() = default;
    virtual void on_activity(const Activity& activity) = 0;
    virtual void on_counter(std::uint32_t track, std::uint64_t time_ps, double value) = 0;
    /// Work that nests: what begins later on its track ends earlier. `activity` has no duration.
    virtual void on_begin(const Activity&) {}
    virtual void on_end(std::uint32_t /*track*/, std::uint64_t /*time_ps*/) {}
};

/// A line in the trace: nested by `parent`.
struct Track {
    std::string name;
    std::int32_t parent = -1;  ///< index of the parent track, -1 = top
    bool is_counter = false;
    std::string unit;  ///< of a counter
};

enum class Phase { setup, inference };

class Ledger {
public:
    /// Finds or makes the component `name`; area and leakage of a further call are added (another
    /// instance).
    ComponentId component(const std::string& name, const std::string& kind, double area_mm2 = 0.0,
                          double leakage_w = 0.0);
    /// Finds or makes the event `name` with this energy; the same name with another energy is
    /// another event.
    EventId event(ComponentId component, const std::string& name, double energy_pj,
                  bool external = false);
    std::uint32_t track(const std::string& name, std::int32_t parent = -1);
    std::uint32_t counter_track(const std::string& name, const std::string& unit,
                                std::int32_t parent = -1);

    void set_phase(Phase phase) { m_phase = phase; }
    Phase phase() const { return m_phase; }

    /// Counts are kept apart for setup (weight upload) and inference.
    void count(LayerId layer, EventId event, std::uint64_t times = 1);
    void busy(LayerId layer, ComponentId component, std::uint64_t duration_ps);
    /// Named whole-number observations that cost nothing: clipped conversions, stalls, bytes. Of
    /// the setup only those named `stored_...` are reported: what is held for the whole run.
    void observe(LayerId layer, ComponentId component, const std::string& name, std::uint64_t n);

    void add_sink(ActivitySink* sink) { m_sinks.push_back(sink); }
    bool traced() const { return !m_sinks.empty(); }
    void activity(const Activity& activity)
    {
        for (auto* sink : m_sinks)
            sink->on_activity(activity);
    }
    void begin(const Activity& activity)
    {
        for (auto* sink : m_sinks)
            sink->on_begin(activity);
    }
    void end(std::uint32_t track, std::uint64_t time_ps)
    {
        for (auto* sink : m_sinks)
            sink->on_end(track, time_ps);
    }
    void counter(std::uint32_t track, std::uint64_t time_ps, double value)
    {
        for (auto* sink : m_sinks)
            sink->on_counter(track, time_ps, value);
    }

    const std::vector<Component>& components() const { return m_components; }
    const std::vector<Event>& events() const { return m_events; }
    const std::vector<Track>& tracks() const { return m_tracks; }

    struct Key {
        Phase phase;
        LayerId layer;
        std::uint32_t id;  ///< event or component
        bool operator<(const Key& o) const
        {
            if (phase != o.phase) return phase < o.phase;
            if (layer != o.layer) return layer < o.layer;
            return id < o.id;
        }
    };
    std::map<Key, std::uint64_t> counts() const;
    std::map<Key, std::uint64_t> busy_ps() const;
    const std::map<std::pair<Key, std::string>, std::uint64_t>& observations() const
    {
        return m_observations;
    }

    /// Sum over layers of count x energy, pJ; leakage is the caller's (power x time).
    double energy_pj(Phase phase, bool external = false) const;

private:
    std::vector<std::uint64_t>& row(std::vector<std::vector<std::uint64_t>>& table, LayerId layer);

    Phase m_phase = Phase::setup;
    std::vector<Component> m_components;
    std::vector<Event> m_events;
    std::vector<Track> m_tracks;
    std::vector<ActivitySink*> m_sinks;
    std::vector<std::vector<std::uint64_t>>
        m_counts[2];  ///< [phase][layer + 1][event], row 0 = shared
    std::vector<std::vector<std::uint64_t>> m_busy[2];
    std::map<std::pair<Key, std::string>, std::uint64_t> m_observations;
};

}  // namespace imc
