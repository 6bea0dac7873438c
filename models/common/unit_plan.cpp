// SPDX-License-Identifier: Apache-2.0
#include "common/unit_plan.h"

#include <algorithm>

namespace imc {

namespace {

bool has_window(const imc_stage& stage)
{
    return stage.op == IMC_STAGE_CONV || stage.op == IMC_STAGE_MAXPOOL ||
           stage.op == IMC_STAGE_AVGPOOL;
}

/// A COPY between different heights reshapes, so that any output may come from any input.
bool reshapes(const imc_stage& stage, unsigned stream)
{
    return stage.in[stream].height != stage.out_height;
}

std::uint32_t clip(std::int64_t row, std::uint32_t height)
{
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(row, 0, height));
}

}  // namespace

std::uint32_t units_per_image(const imc_stage& stage)
{
    return (stage.out_height + stage.unit_rows - 1) / stage.unit_rows;
}

std::uint32_t own_units_per_image(const imc_stage& stage)
{
    const std::uint32_t units = units_per_image(stage);
    return stage.copy < units ? (units - stage.copy - 1) / stage.copies + 1 : 0;
}

RowRange unit_rows_of(const imc_stage& stage, std::uint32_t index)
{
    const std::uint32_t begin = (index * stage.copies + stage.copy) * stage.unit_rows;
    return {begin, std::min(begin + stage.unit_rows, stage.out_height)};
}

std::uint32_t rows_needed(const imc_stage& stage, unsigned stream, std::uint32_t end)
{
    const std::uint32_t height = stage.in[stream].height;
    if (has_window(stage)) {
        const std::int64_t reach = static_cast<std::int64_t>(stage.kernel_h - 1) * stage.dilation_h;
        return clip(static_cast<std::int64_t>(end - 1) * stage.stride_h - stage.pad_top + reach + 1,
                    height);
    }
    return reshapes(stage, stream) ? height : end;
}

std::uint32_t first_row_needed(const imc_stage& stage, unsigned stream, std::uint32_t begin)
{
    const std::uint32_t height = stage.in[stream].height;
    if (has_window(stage))
        return clip(static_cast<std::int64_t>(begin) * stage.stride_h - stage.pad_top, height);
    return reshapes(stage, stream) ? 0 : begin;
}

std::uint32_t rows_skipped(const imc_stage& stage, unsigned stream)
{
    return first_row_needed(stage, stream, unit_rows_of(stage, 0).begin);
}

std::uint32_t least_depth(const imc_stage& stage, unsigned stream)
{
    std::uint32_t depth = 1;
    for (std::uint32_t i = 0; i < own_units_per_image(stage); ++i) {
        const RowRange rows = unit_rows_of(stage, i);
        const std::uint32_t first = first_row_needed(stage, stream, rows.begin);
        const std::uint32_t needed = rows_needed(stage, stream, rows.end);
        if (needed > first) depth = std::max(depth, needed - first);
    }
    return depth;
}

std::uint64_t stream_bytes(const imc_stream& stream)
{
    const std::uint64_t row_bits = std::uint64_t{stream.channels} * stream.width * stream.bits;
    return stream.depth_rows * ((row_bits + 7) / 8);
}

unsigned psum_bits(const imc_stage& stage)
{
    const std::uint64_t terms =
        std::uint64_t{stage.in[0].channels} * stage.kernel_h * stage.kernel_w;
    unsigned growth = 0;
    while ((std::uint64_t{1} << growth) < terms)
        ++growth;
    return std::min(64u, stage.weight_bits + stage.act_bits + growth + 1u);
}

}  // namespace imc
