// SPDX-License-Identifier: Apache-2.0
/// Wordlines that are driven where drivers of zero inputs stay off (bwq.md 5.2: "times input bit
/// density").
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/bit_lanes.h"
#include "crossbar/kernel/block_map.h"
#include "crossbar/kernel/cell_codes.h"
#include "crossbar/kernel/patches.h"

namespace imc::crossbar {

class DrivenWordlines {
public:
    /// `layout` and `encoding` are those of the patches that count() will see.
    DrivenWordlines(const BlockMap& map, const ReadSpec& spec, ActivationFormat format,
                    const InputCycles& cycles, const SlotLayout& layout, Encoding encoding);

    /// Sum over positions, rows and input cycles with a digit other than zero of the reads that the
    /// row takes part in.
    std::uint64_t count(const Patches& patches) const;

private:
    std::vector<std::uint8_t> m_active_cycles;        ///< by code as it stands in a patch
    std::vector<std::vector<std::uint64_t>> m_reads;  ///< [group][slot]
};

}  // namespace imc::crossbar
