// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/error.h"

namespace imc::compiler {

/// A mapping that fewer copies or more chips may cure.
class CapacityError : public InputError {
public:
    using InputError::InputError;
};

}  // namespace imc::compiler
