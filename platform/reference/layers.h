// SPDX-License-Identifier: Apache-2.0
/// Evaluation of single layers; reference.h is the way in.
#pragma once

#include "compiler/quantize/qnet.h"
#include "reference/arithmetic.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace imc::reference {

using Codes = std::vector<std::int32_t>;

/// A layer with its tensors.
struct Work {
    const compiler::QLayer& layer;
    std::vector<const compiler::QTensor*> in;
    std::vector<const Codes*> codes;  ///< of the inputs
    const compiler::QTensor& out;
    Codes& result;
    unsigned threads;

    /// Requantisation of channel `channel`: the layer's entries are one for each channel, one for
    /// all, or none.
    Scaling scaling(std::size_t channel) const;
    /// + output zero point, clamped to the output's codes.
    std::int32_t finish(std::int64_t value) const;
};

/// Runs work(begin, end) on contiguous parts of 0..count in `threads` threads.
void in_parallel(std::size_t count, unsigned threads,
                 const std::function<void(std::size_t, std::size_t)>& work);

/// Throws InputError "reference: layer NAME: " + what.
[[noreturn]] void refuse(const compiler::QLayer& layer, const std::string& what);

void evaluate_conv(const Work& work);
void evaluate_add(const Work& work);
void evaluate_max_pool(const Work& work);
void evaluate_average_pool(const Work& work);
void evaluate_affine(const Work& work);
void evaluate_lut(const Work& work);
void evaluate_copy(const Work& work);

}  // namespace imc::reference
