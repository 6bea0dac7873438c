// SPDX-License-Identifier: Apache-2.0
#include "run/host_operators.h"

#include "soc/clock.h"

namespace imc::run {

HostOperators::HostOperators(Ledger& ledger, ExternalEnergy& energy, const host::Host& cpu,
                             std::vector<std::string> names, LayerId first_layer)
    : m_ledger(ledger),
      m_energy(energy),
      m_cpu(cpu),
      m_names(std::move(names)),
      m_first_layer(first_layer),
      m_component(ledger.component("external.host", "cpu")),
      m_track(m_names.empty() ? 0 : ledger.track("host operators"))
{
}

void HostOperators::on_begin(std::uint32_t image, std::uint32_t operation,
                             const sc_core::sc_time& now)
{
    close(soc::to_ps(now));
    if (operation < m_names.size())
        m_open = Open{image, operation, soc::to_ps(now), instructions()};
}

void HostOperators::on_end(std::uint32_t image, const sc_core::sc_time& now)
{
    close(soc::to_ps(now));
    if (m_ends_ps.size() <= image) m_ends_ps.resize(image + 1u, 0);
    m_ends_ps[image] = soc::to_ps(now);
}

void HostOperators::close(std::uint64_t now_ps)
{
    if (!m_open) return;
    Activity activity;
    activity.track = m_track;
    activity.component = m_component;
    activity.operation = m_names[m_open->operation].c_str();
    activity.start_ps = m_open->start_ps;
    activity.duration_ps = now_ps - m_open->start_ps;
    activity.layer = static_cast<LayerId>(m_first_layer + m_open->operation);
    activity.image = m_open->image;
    m_ledger.activity(activity);
    m_ledger.busy(activity.layer, m_component, activity.duration_ps);
    m_energy.count_instructions(activity.layer, instructions() - m_open->instructions);
    m_open.reset();
}

}  // namespace imc::run
