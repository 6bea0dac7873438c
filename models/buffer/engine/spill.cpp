// SPDX-License-Identifier: Apache-2.0
#include "buffer/engine/spill.h"

#include "buffer/cost/port.h"
#include "common/error.h"

#include <algorithm>

namespace imc::buffer {

SpillEngine::SpillEngine(const imc_stage& stage, const SpillCost& cost)
    : m_stage(stage), m_cost(cost)
{
    const imc_stream& in = stage.in[0];
    const bool same = stage.op == IMC_STAGE_SPILL && stage.streams == 1 &&
                      in.height == stage.out_height && in.width == stage.out_width &&
                      in.channel_begin == stage.channel_begin &&
                      in.channels == stage.channel_end - stage.channel_begin;
    if (!same)
        throw InputError("stage " + std::to_string(stage.id) +
                         ": the global buffer only passes rows on; use op SPILL with equal input "
                         "and output shape");
}

Work SpillEngine::load(const Blob&)
{
    throw InputError("stage " + std::to_string(m_stage.id) +
                     ": a SPILL stage has no weights to load");
}

void SpillEngine::run(std::uint32_t, std::uint32_t first, std::uint32_t rows, const InputRows& in,
                      std::int32_t* out, std::int64_t*, Work& work)
{
    const std::size_t channels = m_stage.in[0].channels, width = m_stage.out_width;
    for (std::uint32_t r = 0; r < rows; ++r) {
        const std::int32_t* row = in.row(0, first + r);
        for (std::size_t c = 0; c < channels; ++c)
            std::copy_n(row + c * width, width, out + (c * rows + r) * width);
    }
    const std::uint64_t bits = std::uint64_t{channels} * width * m_stage.in[0].bits * rows;
    work.duration_ps = parking_ps(bits, m_cost.port_bits, m_cost.cycle_ns);
    work.counts.push_back({m_cost.read_bit, bits});
    work.segments.push_back({m_cost.component, "spill", 0, work.duration_ps});
}

}  // namespace imc::buffer
