// SPDX-License-Identifier: Apache-2.0
/// Rows parked in the global buffer, passed on unchanged.
#pragma once

#include "common/stage_engine.h"

namespace imc::buffer {

/// Port and energies of the global buffer.
struct SpillCost {
    ComponentId component = 0;
    EventId write_bit = 0, read_bit = 0;
    unsigned port_bits = 256;
    double cycle_ns = 1.0 / 1.2;
};

/// Copies rows of one stream: each is written on arrival and read on departure, both through the
/// same port.
class SpillEngine : public StageEngine {
public:
    /// Throws InputError unless the stage is a one-stream SPILL of equal shapes.
    SpillEngine(const imc_stage& stage, const SpillCost& cost);
    Work load(const Blob& blob) override;
    void run(std::uint32_t image, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override;

private:
    imc_stage m_stage;
    SpillCost m_cost;
};

}  // namespace imc::buffer
