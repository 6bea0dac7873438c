// SPDX-License-Identifier: Apache-2.0
/// The operators that the host CPU runs, as layers: when, how long, how many instructions.
#pragma once

#include "common/ledger.h"
#include "host/common/host.h"
#include "run/external_energy.h"
#include "soc/marker.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imc::run {

class HostOperators : public soc::Marker::Listener {
public:
    /// `names` of the operators, whose layers are first_layer, first_layer + 1, ...
    HostOperators(Ledger& ledger, ExternalEnergy& energy, const host::Host& cpu,
                  std::vector<std::string> names, LayerId first_layer);

    void on_begin(std::uint32_t image, std::uint32_t operation,
                  const sc_core::sc_time& now) override;
    void on_end(std::uint32_t image, const sc_core::sc_time& now) override;

    /// When the last output of each image was in memory, ps; 0 where that did not happen. Empty
    /// where the program has no host operators.
    const std::vector<std::uint64_t>& image_ends_ps() const { return m_ends_ps; }

private:
    struct Open {
        std::uint32_t image = 0, operation = 0;
        std::uint64_t start_ps = 0, instructions = 0;
    };
    void close(std::uint64_t now_ps);
    std::uint64_t instructions() const { return m_cpu.statistics().instructions.value_or(0); }

    Ledger& m_ledger;
    ExternalEnergy& m_energy;
    const host::Host& m_cpu;
    std::vector<std::string> m_names;
    LayerId m_first_layer;
    ComponentId m_component;
    std::uint32_t m_track;
    std::optional<Open> m_open;
    std::vector<std::uint64_t> m_ends_ps;
};

}  // namespace imc::run
