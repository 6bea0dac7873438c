// SPDX-License-Identifier: Apache-2.0
#include "common/ledger.h"

namespace imc {

ComponentId Ledger::component(const std::string& name, const std::string& kind, double area_mm2,
                              double leakage_w)
{
    for (std::size_t i = 0; i < m_components.size(); ++i) {
        if (m_components[i].name != name) continue;
        m_components[i].area_mm2 += area_mm2;
        m_components[i].leakage_w += leakage_w;
        return static_cast<ComponentId>(i);
    }
    m_components.push_back({name, kind, area_mm2, leakage_w});
    return static_cast<ComponentId>(m_components.size() - 1);
}

EventId Ledger::event(ComponentId component, const std::string& name, double energy_pj,
                      bool external)
{
    for (std::size_t i = 0; i < m_events.size(); ++i) {
        const Event& e = m_events[i];
        if (e.component == component && e.name == name && e.energy_pj == energy_pj)
            return static_cast<EventId>(i);
    }
    m_events.push_back({component, name, energy_pj, external});
    return static_cast<EventId>(m_events.size() - 1);
}

std::uint32_t Ledger::track(const std::string& name, std::int32_t parent)
{
    m_tracks.push_back({name, parent, false, {}});
    return static_cast<std::uint32_t>(m_tracks.size() - 1);
}

std::uint32_t Ledger::counter_track(const std::string& name, const std::string& unit,
                                    std::int32_t parent)
{
    m_tracks.push_back({name, parent, true, unit});
    return static_cast<std::uint32_t>(m_tracks.size() - 1);
}

std::vector<std::uint64_t>& Ledger::row(std::vector<std::vector<std::uint64_t>>& table,
                                        LayerId layer)
{
    const std::size_t index = layer == shared_layer ? 0 : layer + 1u;
    if (table.size() <= index) table.resize(index + 1);
    return table[index];
}

void Ledger::count(LayerId layer, EventId event, std::uint64_t times)
{
    auto& counts = row(m_counts[static_cast<int>(m_phase)], layer);
    if (counts.size() <= event) counts.resize(m_events.size());
    counts[event] += times;
}

void Ledger::busy(LayerId layer, ComponentId component, std::uint64_t duration_ps)
{
    auto& busy = row(m_busy[static_cast<int>(m_phase)], layer);
    if (busy.size() <= component) busy.resize(m_components.size());
    busy[component] += duration_ps;
}

ObservationId Ledger::observation(ComponentId component, const std::string& name)
{
    for (std::size_t i = 0; i < m_observation_names.size(); ++i)
        if (m_observation_names[i].first == component && m_observation_names[i].second == name)
            return static_cast<ObservationId>(i);
    m_observation_names.emplace_back(component, name);
    return static_cast<ObservationId>(m_observation_names.size() - 1);
}

void Ledger::observe(LayerId layer, ObservationId observation, std::uint64_t n)
{
    auto& observed = row(m_observed[static_cast<int>(m_phase)], layer);
    if (observed.size() <= observation) observed.resize(m_observation_names.size());
    observed[observation] += n;
}

void Ledger::observe_slowest(LayerId layer, ComponentId component, std::uint32_t image,
                             std::uint64_t duration_ps,
                             const std::vector<std::pair<const char*, std::uint64_t>>& values)
{
    const Key key{m_phase, layer, component};
    Slowest& slowest = m_slowest[{key, image}];
    if (!slowest.values.empty() && duration_ps <= slowest.duration_ps) return;
    for (const auto& [name, n] : slowest.values)
        observe(layer, observation(component, name), std::uint64_t{0} - n);
    for (const auto& [name, n] : values)
        observe(layer, observation(component, name), n);
    slowest = {duration_ps, values};
}

namespace {

std::map<Ledger::Key, std::uint64_t> flatten(
    const std::vector<std::vector<std::uint64_t>> (&tables)[2])
{
    std::map<Ledger::Key, std::uint64_t> flat;
    for (int phase = 0; phase < 2; ++phase)
        for (std::size_t l = 0; l < tables[phase].size(); ++l)
            for (std::size_t id = 0; id < tables[phase][l].size(); ++id)
                if (const auto n = tables[phase][l][id]; n != 0)
                    flat[{static_cast<Phase>(phase),
                          l == 0 ? shared_layer : static_cast<LayerId>(l - 1),
                          static_cast<std::uint32_t>(id)}] = n;
    return flat;
}

}  // namespace

std::map<Ledger::Key, std::uint64_t> Ledger::counts() const
{
    return flatten(m_counts);
}

std::map<Ledger::Key, std::uint64_t> Ledger::busy_ps() const
{
    return flatten(m_busy);
}

std::map<std::pair<Ledger::Key, std::string>, std::uint64_t> Ledger::observations() const
{
    std::map<std::pair<Key, std::string>, std::uint64_t> named;
    for (const auto& [key, n] : flatten(m_observed)) {
        const auto& [component, name] = m_observation_names[key.id];
        named[{Key{key.phase, key.layer, component}, name}] = n;
    }
    return named;
}

double Ledger::area_mm2() const
{
    double sum = 0.0;
    for (const Component& component : m_components)
        sum += component.area_mm2;
    return sum;
}

double Ledger::energy_pj(Phase phase, bool external) const
{
    double sum = 0.0;
    for (const auto& [key, n] : counts())
        if (key.phase == phase && m_events[key.id].external == external)
            sum += static_cast<double>(n) * m_events[key.id].energy_pj;
    return sum;
}

}  // namespace imc
