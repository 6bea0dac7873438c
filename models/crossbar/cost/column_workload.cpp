// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/column_workload.h"

#include "crossbar/kernel/analog_array.h"

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

ColumnWorkload column_workload(const RowShape& shape, std::uint64_t out_rows, int array_rows,
                               int array_columns, int slices, int polarities)
{
    const auto divide_up = [](std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; };
    const std::uint64_t k = static_cast<std::uint64_t>(shape.k());
    const std::uint64_t outputs = static_cast<std::uint64_t>(shape.outputs_per_group());
    const std::uint64_t groups = static_cast<std::uint64_t>(shape.groups);
    const std::uint64_t positions = out_rows * static_cast<std::uint64_t>(shape.out_width);
    const std::uint64_t tiles =
        divide_up(k, static_cast<std::uint64_t>(AnalogSpec::kernel_intact_rows(array_rows, shape)));
    const std::uint64_t columns = outputs * static_cast<std::uint64_t>(slices);
    ColumnWorkload work;
    work.arrays =
        groups * tiles * divide_up(columns, static_cast<std::uint64_t>(array_columns)) * polarities;
    work.array_reads = positions * work.arrays;
    work.scale_words = groups * tiles * columns * polarities;
    work.conversions = positions * work.scale_words;
    work.macs = positions * groups * outputs * k;
    return work;
}

}  // namespace imc::crossbar
