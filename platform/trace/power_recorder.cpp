// SPDX-License-Identifier: Apache-2.0
#include "trace/power_recorder.h"

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

std::vector<PowerRecorder::Sample> PowerRecorder::samples() const
{
    std::vector<Sample> samples;
    append(m_setup, samples);
    if (!m_inference
             .empty())  // the last bin of the setup may reach beyond the first inference activity
        while (!samples.empty() && samples.back().time_ps >= m_inference.begin_ps())
            samples.pop_back();
    append(m_inference, samples);
    return samples;
}

}  // namespace imc::trace
