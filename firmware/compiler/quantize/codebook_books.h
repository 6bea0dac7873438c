// SPDX-License-Identifier: Apache-2.0
/// Input codebooks of a whole network: which tensors share one, and how much an error in each place
/// of a tensor matters to the layers that read it.
#pragma once

#include "compiler/quantize/codebook.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/plan.h"
#include "compiler/quantize/value_samples.h"

#include <vector>

namespace imc::compiler {

/// Bits that `codes` codes take, at least 1.
unsigned bits_of(std::size_t codes);

/// True if the output leaves as integers that no codebook rounded: sums that no layer reads.
bool is_raw_output(const Graph& graph, const Plan& plan);

/// A codebook for each group of tensors (empty where nobody needs one). Samples count by the
/// squared weights that multiply them, averaged over the layers that read their value, since an
/// error of the input becomes error x weight in a sum. One centroid is zero after ReLU and where
/// padding reads a tensor. `samples` by value.
std::vector<Codebook> make_books(const Graph& graph, const Plan& plan,
                                 const std::vector<ValueSamples>& samples,
                                 const CodebookScheme& options, bool raw_output);

}  // namespace imc::compiler
