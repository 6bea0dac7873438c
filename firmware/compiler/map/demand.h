// SPDX-License-Identifier: Apache-2.0
/// What a network asks of a chip, kind by kind: crossbar arrays do not stand in for RNA blocks.
#pragma once

#include "compiler/map/place.h"

#include <cstdint>
#include <map>
#include <string>

namespace imc::compiler {

class ArrayDemand {
public:
    /// Counts what a chip has.
    ArrayDemand(const AcceleratorConfig& config, const Lowerings& lowerings);

    void add(imc_engine engine, std::uint64_t arrays) { m_kinds[engine].needed += arrays; }
    /// Fewest chips whose arrays of every kind are enough, at least 1; tiles may need more.
    unsigned least_chips() const;
    /// "the network needs 60 arrays of 40 and 9 RNA blocks of 16 on 2 chip(s)".
    std::string text(unsigned chips) const;

private:
    struct Kind {
        std::uint64_t needed = 0, per_chip = 0;
    };
    std::map<imc_engine, Kind> m_kinds;
};

}  // namespace imc::compiler
