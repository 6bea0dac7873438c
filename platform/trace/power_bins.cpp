// SPDX-License-Identifier: Apache-2.0
#include "trace/power_bins.h"

#include <algorithm>

namespace imc::trace {

void PowerBins::widen(std::uint64_t end_ps)
{
    while (end_ps > m_begin_ps + m_width_ps * m_max_bins) {
        m_width_ps *= 2;
        for (auto& row : m_energy_pj) {
            for (std::size_t i = 0; 2 * i < row.size(); ++i)
                row[i] = row[2 * i] + (2 * i + 1 < row.size() ? row[2 * i + 1] : 0.0);
            row.resize((row.size() + 1) / 2);
        }
        m_used = (m_used + 1) / 2;
    }
}

void PowerBins::add(ComponentId component, std::uint64_t start_ps, std::uint64_t duration_ps,
                    double energy_pj)
{
    if (m_used == 0) m_begin_ps = start_ps;
    const std::uint64_t end_ps = std::max(start_ps + duration_ps, m_begin_ps + 1);
    start_ps = std::max(start_ps, m_begin_ps);
    widen(end_ps);
    const std::size_t first = (start_ps - m_begin_ps) / m_width_ps;
    const std::size_t last = std::max<std::size_t>(first, (end_ps - 1 - m_begin_ps) / m_width_ps);
    if (m_energy_pj.size() <= component) m_energy_pj.resize(component + 1u);
    auto& row = m_energy_pj[component];
    if (row.size() <= last) row.resize(last + 1);
    m_used = std::max(m_used, last + 1);
    if (first == last) {
        row[first] += energy_pj;
        return;
    }
    const double density = energy_pj / static_cast<double>(end_ps - start_ps);
    for (std::size_t bin = first; bin <= last; ++bin) {
        const std::uint64_t low = std::max(start_ps, m_begin_ps + bin * m_width_ps);
        const std::uint64_t high = std::min(end_ps, m_begin_ps + (bin + 1) * m_width_ps);
        row[bin] += density * static_cast<double>(high - low);
    }
}

double PowerBins::power_w(ComponentId component, std::size_t bin) const
{
    if (component >= m_energy_pj.size() || bin >= m_energy_pj[component].size()) return 0.0;
    return m_energy_pj[component][bin] / static_cast<double>(m_width_ps);  // pJ/ps = W
}

void PowerRecorder::append(const PowerBins& bins, std::vector<Sample>& samples) const
{
    if (bins.empty()) return;
    const auto& components = m_ledger.components();
    for (std::size_t bin = 0; bin <= bins.size(); ++bin) {  // one more: back to leakage
        Sample sample{bins.begin_ps() + bin * bins.width_ps(), {}};
        for (std::size_t c = 0; c < components.size(); ++c)
            sample.power_w.push_back(components[c].leakage_w +
                                     bins.power_w(static_cast<ComponentId>(c), bin));
        samples.push_back(std::move(sample));
    }
}

/// The last bins of the setup may reach beyond the first inference activity: their energy is put
/// into what is left of the last one that begins before it.
void PowerRecorder::cut_setup(std::vector<Sample>& samples, std::uint64_t end_ps) const
{
    std::vector<double> beyond_w(m_ledger.components().size());  // of dynamic power, over a bin
    const auto dynamic_w = [&](const Sample& sample, std::size_t c) {
        return sample.power_w[c] - m_ledger.components()[c].leakage_w;
    };
    while (samples.size() > 1 && samples.back().time_ps >= end_ps) {
        for (std::size_t c = 0; c < beyond_w.size(); ++c)
            beyond_w[c] += dynamic_w(samples.back(), c);
        samples.pop_back();
    }
    Sample& last = samples.back();
    const auto width_ps = static_cast<double>(m_setup.width_ps());
    const double left_ps = std::min(width_ps, static_cast<double>(end_ps - last.time_ps));
    for (std::size_t c = 0; c < beyond_w.size(); ++c)
        last.power_w[c] = m_ledger.components()[c].leakage_w +
                          (dynamic_w(last, c) + beyond_w[c]) * width_ps / left_ps;
}

std::vector<PowerRecorder::Sample> PowerRecorder::samples() const
{
    std::vector<Sample> samples;
    append(m_setup, samples);
    if (!m_inference.empty() && !samples.empty() && m_inference.begin_ps() > m_setup.begin_ps())
        cut_setup(samples, m_inference.begin_ps());
    append(m_inference, samples);
    return samples;
}

}  // namespace imc::trace
