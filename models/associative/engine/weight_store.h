// SPDX-License-Identifier: Apache-2.0
/// What the stages of one slice of a layer share: the weights lie once in a memory AP and are sent
/// to whichever arrays work with them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "associative/engine/precision.h"
#include "associative/kernel/gemm.h"
#include "imcvp/program.h"

namespace imc::associative {

constexpr std::size_t wear_samples = 16;

/// Tables of one slice, prepared once.
struct StageTables {
    std::vector<imc_requant> requant;
    std::vector<std::int32_t> lut;
    std::vector<std::unique_ptr<const Gemm>> products;  ///< one a group
    std::vector<std::int64_t> weight_sums;              ///< per output channel of the slice
    /// Weights of channels of the first group, [wear_samples][length]: their dot products tell how
    /// often cells are written.
    std::vector<std::int32_t> samples;
};

/// The tables at each precision that the program carries, one by default.
struct SliceTables {
    struct Entry {
        std::optional<Precision> precision;  ///< none: as the stage says
        std::shared_ptr<const StageTables> tables;
    };
    std::vector<Entry> entries;
};

/// Room for operands and sums of the unit at work; stages run one after the other.
struct Scratch {
    std::vector<std::uint16_t> codes;
    std::vector<std::int64_t> sums;
    std::vector<std::uint64_t> words, results;
};

/// Tables by the stage that was loaded with them; all tiles of an accelerator hold the same store.
class WeightStore {
public:
    Scratch& scratch() { return m_scratch; }
    void put(std::uint16_t owner, std::shared_ptr<const SliceTables> tables)
    {
        m_tables[owner] = std::move(tables);
    }
    /// nullptr if nothing was loaded.
    std::shared_ptr<const SliceTables> find(std::uint16_t owner) const
    {
        const auto found = m_tables.find(owner);
        return found == m_tables.end() ? nullptr : found->second;
    }

private:
    std::map<std::uint16_t, std::shared_ptr<const SliceTables>> m_tables;
    Scratch m_scratch;
};

}  // namespace imc::associative
