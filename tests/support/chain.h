// SPDX-License-Identifier: Apache-2.0
/// A chain of two stages on the accelerator's test bench: its program, its images, what comes out.
#pragma once

#include "support/accelerator_bench.h"
#include "support/program_builder.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace imc::test {

/// source -> conv of 3 rows, offset 10 (tile 0) -> conv of 1 row (tile 1) -> sink; 2 x 4 x 3.
inline ProgramBuilder chain(imc_schedule schedule = IMC_SCHEDULE_PIPELINED)
{
    ProgramBuilder program(2, 4, 3);
    program.schedule = schedule;
    imc_stage a = make_stage(0, 0, IMC_STAGE_CONV, 2, 4, 3, 3),
              b = make_stage(1, 1, IMC_STAGE_CONV, 2, 4, 3, 1);
    if (schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL) a.in[0].depth_rows = b.in[0].depth_rows = 4;
    program.add(a);
    program.add(b);
    program.connect(-1, 0, 0, 0, 2);
    program.connect(0, 1, 0, 0, 2);
    program.to_sink(1, 0, 2);
    program.blob(0, {10});
    return program;
}

/// Element (c, y, x) of image i: small, signed, all different.
inline std::int8_t input_code(unsigned i, unsigned c, unsigned y, unsigned x)
{
    return static_cast<std::int8_t>(static_cast<int>(7 * i + 12 * c + 3 * y + x) - 15);
}

inline void put_input(AcceleratorBench& bench, unsigned image)
{
    std::vector<std::int8_t> codes;
    for (unsigned c = 0; c < 2; ++c)
        for (unsigned y = 0; y < 4; ++y)
            for (unsigned x = 0; x < 3; ++x)
                codes.push_back(input_code(image, c, y, x));
    bench.memory.put(AcceleratorBench::inputs + image * 24, codes.data(), codes.size());
}

/// What the chain must give: the sum over rows y-1..y+1 inside the image, plus 10.
inline void expect_output(AcceleratorBench& bench, unsigned image)
{
    for (unsigned c = 0; c < 2; ++c)
        for (unsigned y = 0; y < 4; ++y)
            for (unsigned x = 0; x < 3; ++x) {
                int sum = 10;
                for (unsigned r = y == 0 ? 0 : y - 1; r <= std::min(y + 1, 3u); ++r)
                    sum += input_code(image, c, r, x);
                EXPECT_EQ(bench.memory.get<std::int32_t>(AcceleratorBench::outputs + image * 96 +
                                                         4 * ((c * 4 + y) * 3 + x)),
                          sum)
                    << "image " << image << " c " << c << " y " << y << " x " << x;
            }
}

inline void expect_clean(const AcceleratorBench& bench)
{
    EXPECT_EQ(bench.regs_checker.breaches(), std::vector<std::string>{});
    EXPECT_EQ(bench.dma_checker.breaches(), std::vector<std::string>{});
}

}  // namespace imc::test
