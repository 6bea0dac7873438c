// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/read_counts.h"

#include <algorithm>

namespace imc::crossbar {

ReadCounts& ReadCounts::operator+=(const ReadCounts& o)
{
    reads += o.reads;
    conversions += o.conversions;
    clipped += o.clipped;
    cell_reads += o.cell_reads;
    wordline_drives += o.wordline_drives;
    shift_adds += o.shift_adds;
    block_merges += o.block_merges;
    cycle_merges += o.cycle_merges;
    table_lookups += o.table_lookups;
    busiest_reads += o.busiest_reads;
    input_slices += o.input_slices;
    return *this;
}

ReadCounts ReadCounts::operator*(std::uint64_t times) const
{
    ReadCounts r;
    r.reads = reads * times;
    r.conversions = conversions * times;
    r.clipped = clipped * times;
    r.cell_reads = cell_reads * times;
    r.wordline_drives = wordline_drives * times;
    r.shift_adds = shift_adds * times;
    r.block_merges = block_merges * times;
    r.cycle_merges = cycle_merges * times;
    r.table_lookups = table_lookups * times;
    r.busiest_reads = busiest_reads * times;
    r.input_slices = input_slices * times;
    return r;
}

namespace {

std::uint64_t slices(const BlockMap& map, const ReadSpec& spec, int g, int v, int h)
{
    return static_cast<std::uint64_t>((map.planes(g, v, h) + spec.cell_bits - 1) / spec.cell_bits);
}

std::uint64_t outputs_of_group(const BlockMap& map)
{
    std::uint64_t outputs = 0;
    for (int h = 0; h < map.column_groups(); ++h)
        outputs += static_cast<std::uint64_t>(map.columns(h));
    return outputs;
}

}  // namespace

std::uint64_t outputs_of_array(const BlockMap& map, const ReadSpec& spec)
{
    std::uint64_t most = 0;
    for (int g = 0; g < map.groups(); ++g)
        for (int v = 0; v < map.row_groups(); ++v)
            for (int h = 0; h < map.column_groups(); ++h)
                most = std::max(most, slices(map, spec, g, v, h));
    return most == 0 ? outputs_of_group(map) : static_cast<std::uint64_t>(spec.columns) / most;
}

std::uint64_t drives_of_row(const BlockMap& map, const ReadSpec& spec, int g, int v)
{
    std::uint64_t reads = 0;
    for (int h = 0; h < map.column_groups(); ++h)
        reads += slices(map, spec, g, v, h);
    if (!spec.whole || reads == 0) return reads;
    const std::uint64_t fit = outputs_of_array(map, spec);
    return (outputs_of_group(map) + fit - 1) / fit;
}

ReadCounts position_counts(const BlockMap& map, const ReadSpec& spec, int input_cycles)
{
    const std::uint64_t arrays = spec.sign == SignMode::offset ? 1 : 2;
    const std::uint64_t conversions_per_column = spec.sign == SignMode::diff_digital ? 2 : 1;
    ReadCounts n;
    for (int g = 0; g < map.groups(); ++g)
        for (int v = 0; v < map.row_groups(); ++v) {
            const std::uint64_t rows = map.rows(v);
            for (int h = 0; h < map.column_groups(); ++h) {
                const std::uint64_t reads = slices(map, spec, g, v, h);
                const std::uint64_t columns = map.columns(h);
                n.reads += reads;
                n.conversions += reads * columns * conversions_per_column;
                n.cell_reads += reads * columns * rows * arrays;
                n.block_merges += reads != 0 ? columns : 0;
                n.table_lookups += 1;
            }
            n.wordline_drives += drives_of_row(map, spec, g, v) * rows;
            n.input_slices += 1;
            if (spec.sign ==
                SignMode::offset) {  // the unit column of this row group, read beside the others
                n.conversions += 1;
                n.cell_reads += rows;
            }
        }
    n.shift_adds = n.conversions;
    for (int h = 0; h < map.column_groups(); ++h)
        n.cycle_merges += static_cast<std::uint64_t>(map.groups()) * map.columns(h);
    return n * input_cycles;
}

}  // namespace imc::crossbar
