// SPDX-License-Identifier: Apache-2.0
/// The composer's loops to a given loss of quality. Source: rapidnn.md section 8.1, step 6.
#pragma once

#include <functional>
#include <vector>

namespace imc::compiler {

/// Published bounds of the error increase, as fractions: the arXiv abstract [S5] and the HPCA
/// abstract [S4] differ.
constexpr double arxiv_loss_bound = 0.003, hpca_loss_bound = 0.005;

struct ErrorLoopResult {
    unsigned rounds = 0;   ///< compositions tried
    double loss = 0;       ///< error of the last composition - float error
    bool reached = false;  ///< loss <= bound
};

/// Composes and measures; while the loss exceeds `bound` and rounds are left (5 RECALLED), retrains
/// and tries again. `evaluate(round)` composes and returns the error (fraction of wrong answers);
/// `retrain(round)` improves the weights in between and may be empty, then only one round runs.
ErrorLoopResult run_error_loop(double float_error, double bound, unsigned max_rounds,
                               const std::function<double(unsigned)>& evaluate,
                               const std::function<void(unsigned)>& retrain);

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
