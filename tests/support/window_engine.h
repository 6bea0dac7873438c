// SPDX-License-Identifier: Apache-2.0
/// A stage engine for tests of the tile: sums the rows of its window, or its two streams, in a
/// fixed time.
#pragma once

#include "common/error.h"
#include "common/stage_engine.h"

#include <string>

namespace imc::test {

/// out[c][r][x] = offset + sum over the window's rows inside the image of in[c][y][x]; ADD sums
/// both streams. All channels of the input are those of the output. Each unit takes `unit_ps`, of
/// which the last quarter is on `shared`.
class WindowEngine : public StageEngine {
public:
    WindowEngine(const imc_stage& stage, std::uint64_t unit_ps, EventId event, ComponentId shared)
        : m_stage(stage), m_unit_ps(unit_ps), m_event(event), m_shared(shared)
    {
        if (stage.engine_arg[0] == 0xBAD) throw InputError("stage refused by the test engine");
    }

    /// The blob's LUT section holds one number, the offset.
    Work load(const Blob& blob) override
    {
        const imc_section* section = blob.find(IMC_SECTION_LUT_I32);
        if (section == nullptr) throw InputError("no offset");
        m_offset = *blob.data<std::int32_t>(*section);
        Work work;
        work.duration_ps = 1000000;
        work.counts.push_back({m_event, 1000});
        return work;
    }

    void run(std::uint32_t, std::uint32_t first, std::uint32_t rows, const InputRows& in,
             std::int32_t* out, std::int64_t* psums, Work& work) override
    {
        const std::size_t channels = m_stage.channel_end - m_stage.channel_begin,
                          width = m_stage.out_width;
        for (std::uint32_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < channels; ++c)
                for (std::size_t x = 0; x < width; ++x) {
                    const std::size_t at = (c * rows + r) * width + x;
                    const std::int64_t sum = m_offset + window(in, first + r, c * width + x);
                    if (m_stage.role == IMC_ROLE_PSUM_WORKER)
                        psums[at] = sum;
                    else
                        out[at] =
                            static_cast<std::int32_t>(sum + (psums != nullptr ? psums[at] : 0));
                }
        work.duration_ps = m_unit_ps * rows;
        work.counts.push_back({m_event, rows});
        work.segments.push_back(
            {m_shared, "tail", work.duration_ps - work.duration_ps / 4, work.duration_ps / 4});
    }

private:
    std::int64_t window(const InputRows& in, std::uint32_t y, std::size_t at) const
    {
        std::int64_t sum = 0;
        if (m_stage.op != IMC_STAGE_CONV) {
            for (unsigned s = 0; s < m_stage.streams; ++s)
                sum += in.row(s, y)[at];
            return sum;
        }
        for (int k = 0; k < m_stage.kernel_h; ++k) {
            const int row = static_cast<int>(y) * m_stage.stride_h - m_stage.pad_top + k;
            if (row >= 0 && row < static_cast<int>(m_stage.in[0].height))
                sum += in.row(0, static_cast<std::uint32_t>(row))[at];
        }
        return sum;
    }

    imc_stage m_stage;
    std::uint64_t m_unit_ps;
    EventId m_event;
    ComponentId m_shared;
    std::int64_t m_offset = 0;
};

}  // namespace imc::test
