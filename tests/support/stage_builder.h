// SPDX-License-Identifier: Apache-2.0
/// Stages for tests, with every field a program would have.
#pragma once

#include "imcvp/program.h"

namespace imc::test {

/// A stage over [channels][height][width] with `kernel` rows of window, same size out (pad kernel /
/// 2).
inline imc_stage make_stage(unsigned id, unsigned tile, imc_op op, unsigned channels,
                            unsigned height, unsigned width, unsigned kernel = 1)
{
    imc_stage s{};
    s.id = static_cast<std::uint16_t>(id);
    s.layer = static_cast<std::uint16_t>(id);
    s.tile = static_cast<std::uint16_t>(tile);
    s.op = static_cast<std::uint8_t>(op);
    s.engine = op == IMC_STAGE_SPILL ? IMC_ENGINE_BUFFER : IMC_ENGINE_CROSSBAR;
    s.streams = op == IMC_STAGE_ADD ? 2 : 1;
    s.copies = 1;
    s.unit_rows = 1;
    s.out_channels = s.channel_end = channels;
    s.out_height = height;
    s.out_width = width;
    s.kernel_h = static_cast<std::uint16_t>(kernel);
    s.kernel_w = s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = s.groups = 1;
    s.pad_top = s.pad_bottom = static_cast<std::uint16_t>(kernel / 2);
    s.weight_bits = s.act_bits = s.out_bits = 8;
    s.out_min = -128;
    s.out_max = 127;
    s.out_signed = 1;
    for (unsigned i = 0; i < s.streams; ++i) {
        s.in[i].channels = channels;
        s.in[i].height = height;
        s.in[i].width = width;
        s.in[i].depth_rows = kernel + 1;
        s.in[i].bits = 8;
        s.in[i].is_signed = 1;
    }
    return s;
}

}  // namespace imc::test
