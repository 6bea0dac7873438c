// SPDX-License-Identifier: Apache-2.0
#include "trace/power_recorder.h"

#include <algorithm>

namespace imc::trace {

void PowerRecorder::append(const TimeBins& bins, std::vector<Sample>& samples) const
{
    if (bins.empty()) return;
    const auto& components = m_ledger.components();
    for (std::size_t bin = 0; bin <= bins.size(); ++bin) {  // one more: back to leakage
        Sample sample{bins.begin_ps() + bin * bins.width_ps(), {}};
        for (std::size_t c = 0; c < components.size(); ++c)
            sample.power_w.push_back(components[c].leakage_w + bins.per_ps(c, bin));
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

std::vector<bool> PowerRecorder::powered(const std::vector<Sample>& samples) const
{
    std::vector<bool> powered(m_ledger.components().size());
    for (const Sample& sample : samples)
        for (std::size_t c = 0; c < sample.power_w.size(); ++c)
            if (sample.power_w[c] != 0.0) powered[c] = true;
    return powered;
}

}  // namespace imc::trace
