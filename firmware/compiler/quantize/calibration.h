// SPDX-License-Identifier: Apache-2.0
/// Ranges of activations, as the quantiser takes them.
#pragma once

#include <vector>

namespace imc::compiler {

/// Range of real numbers a value takes, after the method's clipping.
struct ValueRange {
    float low = 0.0f, high = 0.0f;
};

/// Ranges by value index; values no method looked at are {0, 0}.
using Ranges = std::vector<ValueRange>;

}  // namespace imc::compiler
