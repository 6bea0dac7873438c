// SPDX-License-Identifier: Apache-2.0
/// The composer's search for table sizes that keep a given loss of quality. Source: rapidnn.md
/// section 8.1, step 6; its retraining is scripts/train/codebook_retrain.py.
#pragma once

#include <functional>
#include <vector>

namespace imc::compiler {

struct SizeChoice {
    unsigned weight_entries = 0, input_entries = 0;
    double loss = 0;
    bool reached = false;
};

/// The smallest tables that keep the bound: tries all pairs of `sizes` in the order of w x u (of
/// equal products, the smaller w first) and stops at the first within it; if none is, returns the
/// pair with the least loss. `evaluate(w, u)` returns the error. Throws InputError for no sizes.
SizeChoice choose_sizes(double float_error, double bound, const std::vector<unsigned>& sizes,
                        const std::function<double(unsigned, unsigned)>& evaluate);

}  // namespace imc::compiler
