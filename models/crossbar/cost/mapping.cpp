// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/mapping.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/error.h"
#include "crossbar/kernel/read_counts.h"

namespace imc::crossbar {

namespace {

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b)
{
    return (a + b - 1) / b;
}

std::uint64_t slices(int planes, const Config& config)
{
    return divide_up(static_cast<std::uint64_t>(planes), config.cell_bits);
}

std::uint64_t arrays_per_bank(const Config& config)
{
    return config.sign == SignMode::offset ? 1 : 2;
}

void count_cells(const BlockMap& map, const Config& config, Mapping& mapping)
{
    for (int g = 0; g < map.groups(); ++g)
        for (int v = 0; v < map.row_groups(); ++v)
            for (int h = 0; h < map.column_groups(); ++h) {
                const std::uint64_t n = slices(map.planes(g, v, h), config);
                mapping.reads += n;
                mapping.cells += n * map.rows(v) * map.columns(h) * arrays_per_bank(config);
            }
    mapping.bank_cells = mapping.banks * config.rows * config.columns * arrays_per_bank(config);
}

Mapping map_operation_units(const BlockMap& map, const Config& config)
{
    const std::uint64_t rows_of_blocks = config.rows / config.ou_rows;
    const std::uint64_t column_groups = config.columns / config.ou_columns;
    std::vector<std::uint64_t>
        needed;  // column groups of each block row, groups one after the other
    for (int g = 0; g < map.groups(); ++g)
        for (int v = 0; v < map.row_groups(); ++v) {
            needed.push_back(0);
            for (int h = 0; h < map.column_groups(); ++h)
                needed.back() += slices(map.planes(g, v, h), config);
        }
    Mapping mapping;
    mapping.bank_rows = divide_up(needed.size(), rows_of_blocks);
    const std::uint64_t widest = *std::max_element(needed.begin(), needed.end());
    mapping.bank_columns = std::max<std::uint64_t>(1, divide_up(widest, column_groups));
    mapping.banks = mapping.bank_rows * mapping.bank_columns;
    for (std::size_t first = 0; first < needed.size(); first += rows_of_blocks) {
        std::uint64_t reads = 0;
        for (std::size_t v = first; v < std::min(needed.size(), first + rows_of_blocks); ++v)
            reads += divide_up(needed[v], mapping.bank_columns);
        mapping.busiest_reads = std::max(mapping.busiest_reads, reads);
    }
    return mapping;
}

Mapping map_whole_arrays(const BlockMap& map, const Config& config)
{
    std::uint64_t outputs = 0;
    for (int h = 0; h < map.column_groups(); ++h)
        outputs += static_cast<std::uint64_t>(map.columns(h));
    const std::uint64_t fit = outputs_of_array(map, ReadSpec(config));
    if (fit == 0)
        throw InputError("crossbar mapping: a weight's slices do not fit the " +
                         std::to_string(config.columns) +
                         " columns of an array; use more bits a cell or wider arrays");
    Mapping mapping;
    mapping.bank_rows = map.row_groups();
    mapping.bank_columns = divide_up(outputs, fit);
    mapping.banks = mapping.bank_rows * mapping.bank_columns * map.groups();
    return mapping;
}

}  // namespace

Mapping map_layer(const BlockMap& map, const Config& config)
{
    const bool whole = config.activation == Activation::full_array;
    Mapping mapping = whole ? map_whole_arrays(map, config) : map_operation_units(map, config);
    mapping.converted_arrays = config.sign == SignMode::diff_digital ? 2 : 1;
    count_cells(map, config, mapping);
    if (whole) mapping.busiest_reads = mapping.reads == 0 ? 0 : 1;
    return mapping;
}

PositionCycles position_cycles(const Mapping& mapping, const Config& config, const RowShape& shape,
                               int activation_bits)
{
    PositionCycles cycles;
    const std::uint64_t inputs = static_cast<std::uint64_t>(shape.k()) * shape.groups;
    cycles.load = divide_up(inputs * activation_bits, config.bus_bits);
    cycles.store = divide_up(static_cast<std::uint64_t>(shape.out_channels) * 16, config.bus_bits);
    cycles.read_ns = read_period_ns(config, mapping.converted_arrays, mapping.converter_bits);
    while ((std::uint64_t{1} << cycles.tree) < mapping.bank_rows)
        ++cycles.tree;
    return cycles;
}

double read_period_ns(const Config& config, unsigned converted_arrays, double converter_bits)
{
    const bool whole = config.activation == Activation::full_array;
    const double read_ns = whole ? config.read_ns : config.ou_cycle_ns;
    const std::uint64_t bitlines =
        std::uint64_t{converted_arrays} * (whole ? config.columns : config.ou_columns);
    const double bits = converter_bits != 0 ? converter_bits : config.adc_bits;
    const double conversions_ns = static_cast<double>(divide_up(bitlines, config.adcs_per_array)) /
                                  config.adc_gsps *
                                  adc::relative_conversion_time(bits, config.adc_scaling);
    return config.adc_overlapped ? std::max(read_ns, conversions_ns) : read_ns + conversions_ns;
}

std::uint64_t row_duration_ps(const PositionCycles& cycles, const Config& config,
                              std::uint64_t positions, std::uint64_t busiest_reads)
{
    const double digital_ns =
        static_cast<double>((cycles.load + cycles.tree + cycles.store) * positions) /
        config.clock_ghz;
    const double reads_ns = static_cast<double>(busiest_reads) * cycles.read_ns;
    const double row_ns = config.activation == Activation::full_array
                              ? std::max(reads_ns, digital_ns)
                              : reads_ns + digital_ns;
    return static_cast<std::uint64_t>(std::llround(row_ns * 1000.0));
}

}  // namespace imc::crossbar
