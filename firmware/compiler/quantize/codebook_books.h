// SPDX-License-Identifier: Apache-2.0
/// Input codebooks of a whole network: which tensors share one, and how much an error in each place
/// of a tensor matters to the layers that read it.
#pragma once

#include "compiler/quantize/codebook.h"
#include "compiler/quantize/codebook_file.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/plan.h"
#include "compiler/quantize/value_samples.h"

#include <vector>

namespace imc::compiler {

/// Bits that `codes` codes take, at least 1.
unsigned bits_of(std::size_t codes);

/// True if the output leaves as integers that no codebook rounded: sums that no layer reads.
bool is_raw_output(const Graph& graph, const Plan& plan);

/// Which tensors no product table reads: operands of additions and average pools, whose codes are
/// decoded by a table of their own. By group.
std::vector<bool> only_decoded(const Graph& graph, const Plan& plan);

/// The trained codebook of each group that needs one. Throws InputError naming the tensor: none or
/// different ones given, no zero where padding reads it, a name that no coded tensor has.
std::vector<Codebook> given_books(const Graph& graph, const Plan& plan, const CodebookFile& file,
                                  bool raw_output);

/// A codebook for each group of tensors (empty where nobody needs one). Samples count by the
/// squared weights that multiply them, averaged over the layers that read their value, since an
/// error of the input becomes error x weight in a sum. One centroid is zero after ReLU and where
/// padding reads a tensor. Groups that are only decoded have options.residual_codes if that is
/// more. `samples` by value.
std::vector<Codebook> make_books(const Graph& graph, const Plan& plan,
                                 const std::vector<ValueSamples>& samples,
                                 const CodebookScheme& options, bool raw_output);

}  // namespace imc::compiler
