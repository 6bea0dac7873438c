// SPDX-License-Identifier: Apache-2.0
/// Convolutions whose partial sums are converted column by column (ColumnQuant) or looked up
/// (RAPIDNN).
#pragma once

#include "reference/layers.h"

namespace imc::reference {

/// docs/numbers.md, "Column-wise partial sums".
void evaluate_column(const Work& work);

/// docs/numbers.md, "Codebooks": the three kinds of layers that sum.
void evaluate_codebook_conv(const Work& work);
void evaluate_codebook_add(const Work& work);
void evaluate_codebook_mean(const Work& work);

}  // namespace imc::reference
