// SPDX-License-Identifier: Apache-2.0
/// Stages without arrays: residual addition, pooling, affine, look-up, copy, on the tile's digital
/// unit.
#pragma once

#include "common/stage_engine.h"
#include "digital/engine/digital_unit.h"
#include "digital/kernel/elementwise.h"

#include <memory>
#include <optional>

namespace imc::digital {

class DigitalEngine : public StageEngine {
public:
    /// Throws InputError for an operation the digital unit does not have.
    DigitalEngine(const imc_stage& stage, const UnitCost& cost);

    /// Tables are registers: loading them takes no time beyond their transfer.
    Work load(const Blob& blob) override;
    void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override;

private:
    void compute_row(std::uint32_t y, const InputRows& in, std::int32_t* out);
    void pool_row(std::uint32_t y, const InputRows& in, std::int32_t* out);
    void charge(std::uint64_t elements, Work& work) const;

    imc_stage m_stage;
    UnitCost m_cost;
    int m_channels, m_width;
    OutputRange m_range;
    std::vector<std::int32_t> m_table;
    std::optional<Requantizer> m_requantizer;
    std::optional<Adder> m_adder;
    std::vector<const std::int32_t*> m_rows;
    std::vector<std::int32_t> m_row_out, m_pooled;
};

}  // namespace imc::digital
