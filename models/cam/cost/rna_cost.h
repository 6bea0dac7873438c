// SPDX-License-Identifier: Apache-2.0
/// How long one neuron takes and which energy events it causes. Source: rapidnn.md sections 8.3
/// and 8.4.
#pragma once

#include "cam/config.h"
#include "common/technology.h"

#include <cstdint>

namespace imc::cam {

/// What one block computes, as far as cost depends on it.
struct RnaShape {
    unsigned fan_in = 1;  ///< N
    unsigned weight_codes = 16, input_codes = 16;
    unsigned product_bits = static_cast<unsigned>(parameter::product_bits.value);  ///< b
    bool bias = true;              ///< one more addend (ASSUME: kept in a scratch row)
    unsigned activation_rows = 0;  ///< of the activation memory; 0 = none or sign test
    bool relu = false;             ///< sign test, one cycle
    unsigned encode_rows = 0;      ///< of the encoding memory; 0 = sums leave the block as they are
    unsigned activation_key_bits = 0, encode_key_bits = 16;  ///< 0 = width of the sum
    unsigned value_bits = static_cast<unsigned>(parameter::value_bits.value);
};

/// ceil(log2 n), 0 for n <= 1.
unsigned ceil_log2(std::uint64_t n);
/// Width of the sum: y = b + ceil(log2 N).
unsigned sum_bits(const RnaShape& shape);
/// Carry-save stages for `addends` numbers.
unsigned tree_stages(std::uint64_t addends, TreeRule rule);
/// Cycles of one search, then the value row: a pipeline of stages for the nearest row, the time of
/// a match line for an equal one.
unsigned search_cycles(unsigned key_bits, const Config& config);

/// Cycles of the stages of one neuron.
struct NeuronCycles {
    std::uint64_t broadcast = 0, count = 0, read = 0, add = 0, activate = 0, encode = 0;

    /// Latency: broadcast overlaps with counting.
    std::uint64_t latency() const
    {
        return (broadcast > count ? broadcast : count) + read + add + activate + encode;
    }
    /// The slowest stage: one neuron after the other in the same block, pipelined.
    std::uint64_t interval() const;
};

/// `largest_group`, `nonzero`, `addends` as NeuronResult has them.
NeuronCycles neuron_cycles(const RnaShape& shape, const Config& config, std::uint64_t largest_group,
                           std::uint64_t nonzero, std::uint64_t addends);

/// T_layer = ceil(instances / blocks) x T_neuron.
std::uint64_t layer_cycles(std::uint64_t instances, std::uint64_t blocks,
                           std::uint64_t neuron_latency);

/// Counted events of any number of neurons of one shape: integers, so that sums are exact.
struct RnaEvents {
    std::uint64_t neurons = 0;
    std::uint64_t counted = 0;    ///< inputs counted
    std::uint64_t row_reads = 0;  ///< product rows
    std::uint64_t gates = 0;      ///< NOR executions; each needs one initialisation
    std::uint64_t activation_searches = 0, encode_searches = 0;

    void add(const RnaShape& shape, std::uint64_t nonzero, std::uint64_t addends);
};

/// Gates of the tree and the final adder: p - 2 compressors of mean width (b + y) / 2 and y bits,
/// 12 gates a bit.
std::uint64_t adder_gates(const RnaShape& shape, std::uint64_t addends);

/// Device mode: energy of one event each, pJ.
struct DeviceEnergy {
    double count_pj = 0, row_read_pj = 0, nor_pj = 0, init_pj = 0, activation_search_pj = 0,
           encode_search_pj = 0;

    /// From the keys of cam/cost/parameters.h. Throws InputError naming a missing key.
    DeviceEnergy(const RnaShape& shape, const Config& config, const Technology& technology);
    double total_pj(const RnaEvents& events) const;
};

/// Broadcast of one input vector to the blocks that need it: bits on the bus and buffer accesses,
/// device mode.
double broadcast_pj(const RnaShape& shape, const Config& config, const Technology& technology);

/// Paper mode: recalled power, shared out by component.
struct PaperEnergy {
    double crossbar_mw = 0, counter_mw = 0, activation_mw = 0, encoding_mw = 0;

    explicit PaperEnergy(const Technology& technology);
    double power_mw() const { return crossbar_mw + counter_mw + activation_mw + encoding_mw; }
    /// Energy of `cycles` of one block, pJ (mW x ns = pJ).
    double total_pj(std::uint64_t cycles, const Config& config) const
    {
        return power_mw() * static_cast<double>(cycles) * config.cycle_ns;
    }
};

}  // namespace imc::cam
