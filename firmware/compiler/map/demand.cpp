// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/demand.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

ArrayDemand::ArrayDemand(const AcceleratorConfig& config, const Lowerings& lowerings)
{
    for (const auto& group : config.tiles)
        m_kinds[group.engine].per_chip +=
            std::uint64_t{group.count} * lowerings.at(group.engine)->arrays_per_tile();
}

unsigned ArrayDemand::least_chips() const
{
    std::uint64_t chips = 1;
    for (const auto& [engine, kind] : m_kinds)
        if (kind.per_chip != 0)
            chips = std::max(chips, (kind.needed + kind.per_chip - 1) / kind.per_chip);
    return static_cast<unsigned>(chips);
}

std::string ArrayDemand::text(unsigned chips) const
{
    std::string all;
    for (const auto& [engine, kind] : m_kinds) {
        if (kind.needed == 0) continue;
        all +=
            fmt::format("{}{} {} of {}", all.empty() ? "" : " and ", kind.needed,
                        engine == IMC_ENGINE_CAM ? "RNA blocks" : "arrays", kind.per_chip * chips);
    }
    return fmt::format("the network needs {} on {} chip(s)", all.empty() ? "no arrays" : all,
                       chips);
}

}  // namespace imc::compiler
