// SPDX-License-Identifier: Apache-2.0
/// Requantisation as engines without a multiplier have it: dyadic, with narrow constants.
#pragma once

#include "compiler/quantize/qnet.h"

namespace imc::compiler {

/// Bits an engine has for requantisation.
struct DyadicLimits {
    unsigned multiplier_bits = 31;  ///< significant bits a multiplier keeps
    unsigned word_bits = 60;        ///< of a product with its constant
};

/// Gives `layer` the kind DYADIC (a max pool or copy without scaling keeps NONE) with constants
/// within `limits`, and the weight bits that its codes need in two's complement. What the layer
/// computes is changed by that: constants of other kinds and wider ones are rounded. Throws
/// InputError for a layer whose sums leave no room for a multiplier.
void to_dyadic_form(QNet& net, QLayer& layer, const DyadicLimits& limits);

}  // namespace imc::compiler
