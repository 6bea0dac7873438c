// SPDX-License-Identifier: Apache-2.0
/// The one exception type for bad input.
#pragma once

#include <stdexcept>
#include <string>

namespace imc {

/// Bad input (scenario, network, program image, array file): one clear line that names the thing,
/// the place and the remedy. Never thrown for what a guest does to a running model: that is
/// answered by a TLM status or an error register.
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace imc
