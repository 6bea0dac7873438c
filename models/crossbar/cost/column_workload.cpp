// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/column_workload.h"

namespace imc::crossbar {

ColumnWorkload& ColumnWorkload::operator+=(const ColumnWorkload& o)
{
    arrays += o.arrays;
    array_reads += o.array_reads;
    conversions += o.conversions;
    scale_words += o.scale_words;
    macs += o.macs;
    return *this;
}

ColumnWorkload column_workload(const imc_stage& stage, const DequantizeNeeds& needs)
{
    ColumnWorkload work;
    work.arrays = stage.arrays;
    work.scale_words = needs.scale_words;
    if (stage.copy != 0) return work;
    const std::uint64_t positions = std::uint64_t{stage.out_height} * stage.out_width;
    const std::uint64_t rows =
        std::uint64_t{stage.in[0].channels} * stage.kernel_h * stage.kernel_w;
    work.array_reads = positions * stage.arrays * column_form(stage).input_cycles;
    work.conversions = positions * needs.conversions;
    work.macs = positions * (stage.channel_end - stage.channel_begin) * rows;
    return work;
}

}  // namespace imc::crossbar
