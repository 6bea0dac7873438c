// SPDX-License-Identifier: Apache-2.0
#include "cam/cost/rna_cost.h"

#include <algorithm>
#include <cmath>

namespace imc::cam {

namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b)
{
    return (a + b - 1) / b;
}

unsigned activation_key_bits(const RnaShape& shape)
{
    return shape.activation_key_bits != 0 ? shape.activation_key_bits : sum_bits(shape);
}

unsigned encode_key_bits(const RnaShape& shape)
{
    return shape.encode_key_bits != 0 ? shape.encode_key_bits : sum_bits(shape);
}

}  // namespace

unsigned ceil_log2(std::uint64_t n)
{
    unsigned bits = 0;
    while (bits < 63 && (std::uint64_t{1} << bits) < n)
        ++bits;
    return bits;
}

unsigned sum_bits(const RnaShape& shape)
{
    return shape.product_bits + ceil_log2(shape.fan_in);
}

unsigned tree_stages(std::uint64_t addends, TreeRule rule)
{
    unsigned stages = 0;
    if (rule == TreeRule::formula) {
        for (double reach = 1.0; reach < static_cast<double>(addends);
             reach *= 1.5)  // ceil(log_1.5 p)
            ++stages;
        return stages;
    }
    for (; addends > 2; ++stages)
        addends -= addends / 3;
    return stages;
}

unsigned search_cycles(unsigned key_bits, const Config& config)
{
    if (config.search == Distance::exact) {
        // 2.1 ns are three cycles of 0.7 ns, though not quite in binary fractions
        const double cycles = config.match_ns / config.cycle_ns;
        return static_cast<unsigned>(std::ceil(cycles * (1.0 - 1e-12))) + 1;
    }
    return static_cast<unsigned>(ceil_div(key_bits, config.stage_bits)) + 1;
}

std::uint64_t NeuronCycles::interval() const
{
    return std::max({broadcast, count, read, add, activate, encode});
}

NeuronCycles neuron_cycles(const RnaShape& shape, const Config& config, std::uint64_t largest_group,
                           std::uint64_t nonzero, std::uint64_t addends)
{
    NeuronCycles c;
    c.broadcast =
        ceil_div(std::uint64_t{shape.fan_in} * ceil_log2(shape.input_codes), config.buffer_bits);
    c.count = largest_group * ceil_div(std::uint64_t{shape.weight_codes} * shape.input_codes,
                                       config.counters_physical);
    c.read = config.overlap_reads ? 0 : 3 * nonzero;
    c.add = 13ull * tree_stages(addends + (shape.bias ? 1 : 0), config.tree) +
            12ull * sum_bits(shape) + 1;
    if (shape.activation_rows != 0)
        c.activate = search_cycles(activation_key_bits(shape), config);
    else if (shape.relu)
        c.activate = 1;
    if (shape.encode_rows != 0) c.encode = search_cycles(encode_key_bits(shape), config);
    return c;
}

std::uint64_t layer_cycles(std::uint64_t instances, std::uint64_t blocks,
                           std::uint64_t neuron_latency)
{
    return ceil_div(instances, blocks) * neuron_latency;
}

std::uint64_t adder_gates(const RnaShape& shape, std::uint64_t addends)
{
    const std::uint64_t y = sum_bits(shape);
    const std::uint64_t compressors = addends > 2 ? addends - 2 : 0;
    return 6 * compressors * (shape.product_bits + y) + 12 * y;
}

void RnaEvents::add(const RnaShape& shape, std::uint64_t nonzero, std::uint64_t addends)
{
    ++neurons;
    counted += shape.fan_in;
    row_reads += nonzero;
    gates += adder_gates(shape, addends + (shape.bias ? 1 : 0));
    activation_searches += shape.activation_rows != 0;
    encode_searches += shape.encode_rows != 0;
}

DeviceEnergy::DeviceEnergy(const RnaShape& shape, const Config& config,
                           const Technology& technology)
{
    const double row_bit = technology.get(parameter::search_row_bit_pj.key);
    count_pj = config.counter_bits * technology.get(parameter::count_bit_pj.key);
    row_read_pj = shape.product_bits * technology.get(parameter::read_bit_pj.key) +
                  technology.get(parameter::read_decode_pj.key);
    nor_pj = technology.get(parameter::nor_pj.key);
    init_pj = technology.get(parameter::init_pj.key);
    activation_search_pj = row_bit * shape.activation_rows * activation_key_bits(shape);
    encode_search_pj = row_bit * shape.encode_rows * encode_key_bits(shape);
}

double DeviceEnergy::total_pj(const RnaEvents& events) const
{
    return static_cast<double>(events.counted) * count_pj +
           static_cast<double>(events.row_reads) * row_read_pj +
           static_cast<double>(events.gates) * (nor_pj + init_pj) +
           static_cast<double>(events.activation_searches) * activation_search_pj +
           static_cast<double>(events.encode_searches) * encode_search_pj;
}

double broadcast_pj(const RnaShape& shape, const Config& config, const Technology& technology)
{
    const std::uint64_t bits = std::uint64_t{shape.fan_in} * ceil_log2(shape.input_codes);
    const double accesses = static_cast<double>(ceil_div(bits, config.buffer_bits));
    return static_cast<double>(bits) * technology.get(parameter::bus_bit_pj.key) +
           accesses * technology.get(parameter::buffer_access_pj.key) * config.buffer_bits / 256.0;
}

PaperEnergy::PaperEnergy(const Technology& technology)
    : crossbar_mw(technology.get(parameter::paper_crossbar_mw.key)),
      counter_mw(technology.get(parameter::paper_counter_mw.key)),
      activation_mw(technology.get(parameter::paper_activation_mw.key)),
      encoding_mw(technology.get(parameter::paper_encoding_mw.key))
{
}

}  // namespace imc::cam
