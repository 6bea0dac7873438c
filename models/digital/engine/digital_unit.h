// SPDX-License-Identifier: Apache-2.0
/// The digital unit of a tile in the books: which operations cost what, and how long they take.
#pragma once

#include "common/ledger.h"
#include "common/stage_engine.h"
#include "common/technology.h"
#include "digital/cost/operations.h"

#include <cstdint>

namespace imc::digital {

/// Technology keys `digital.<operation>_pj`, `buffer.read_bit_pj`. Areas and leakage are the tile's
/// to add.
struct UnitCost {
    UnitCost(const Technology& technology, Ledger& ledger, double clock_ghz, unsigned lanes);

    ComponentId digital, buffer;
    EventId requantize, add, compare, multiply, look_up, buffer_read_bit;
    double clock_ghz;
    unsigned lanes;  ///< elements a cycle

    /// ps for `slots` of lanes.
    std::uint64_t duration_ps(std::uint64_t slots) const;
    /// Appends the events of `done` to `work`.
    void charge(const Operations& done, Work& work) const;
};

/// Requantisation entries, output range and table of a stage, from its blob.
struct StageTables {
    std::vector<imc_requant> requant;
    std::vector<std::int32_t> table;
};
/// Throws InputError for sections with entries of another size or count than the stage needs.
StageTables read_tables(const imc_stage& stage, const Blob& blob);

/// Input row of a window: output row `y`, kernel row `kh`; null for padding.
inline const std::int32_t* window_row(const imc_stage& stage, const InputRows& in, std::uint32_t y,
                                      unsigned kh)
{
    const std::int64_t row =
        std::int64_t{y} * stage.stride_h - stage.pad_top + std::int64_t{kh} * stage.dilation_h;
    if (row < 0 || row >= stage.in[0].height) return nullptr;
    return in.row(0, static_cast<std::uint32_t>(row));
}

}  // namespace imc::digital
