// SPDX-License-Identifier: Apache-2.0
/// Arrays behind a converter that nobody may stand in for: every read's sums are handed out one by
/// one, and what comes back is shifted and added. Slow and plain; also an independent statement of
/// what the fast paths compute.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/programmed_array.h"

namespace imc::crossbar {

/// Turns sums into codes, in place.
class SampleConverter {
public:
    virtual ~SampleConverter() = default;
    /// `arrays` they come from, each with its converters. Returns how many were out of range.
    virtual std::uint64_t convert(std::int32_t* samples, std::size_t count, unsigned arrays) = 0;
};

class SampledArray {
public:
    /// Throws InputError for offset signs, whose unit column needs a converter that is known.
    SampledArray(const Config& config, const RowShape& shape, ActivationFormat format,
                 const LayerWeights& weights);

    /// As ProgrammedArray::run_row, but conversions are `converter`'s: a block of samples an input
    /// cycle and group, ordered [output][read][slice][polarity, diff_digital only][position].
    /// `arrays` is the number that hold the layer. Returns the number of samples out of range.
    std::uint64_t run_row(const std::int32_t* const* rows, std::int32_t pad_code, unsigned arrays,
                          SampleConverter& converter, std::int64_t* acc);

private:
    void gather(const std::int32_t* const* rows, std::int32_t pad_code, int group,
                const InputCycles::Cycle& cycle);
    void sample(const CellCodes& codes);
    void sum_read(const CellCodes& codes, int output, int read, int slice, int polarity);
    void accumulate(const CellCodes& codes, std::int64_t weight, std::int64_t* acc) const;

    RowShape m_shape;
    ReadSpec m_spec;
    InputCycles m_cycles;
    BlockMap m_map;
    std::vector<std::int16_t> m_weights;
    std::vector<std::int32_t> m_digits;   ///< [k][position] of one input cycle
    std::vector<std::int32_t> m_samples;  ///< of one input cycle
};

}  // namespace imc::crossbar
