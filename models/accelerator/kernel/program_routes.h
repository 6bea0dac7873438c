// SPDX-License-Identifier: Apache-2.0
/// Both ends of every route.
#pragma once

#include "accelerator/kernel/program.h"

namespace imc::accelerator {

/// Checks that every route ends at a stream or the sink with the shape, channels and slots it
/// claims, and that every stream, every owner's partial sums and the sink get each element exactly
/// as often as they wait for it (counted in elements; one that comes twice for another that never
/// comes shows as an overrun or a starvation at run time). Stages have been checked.
void check_routes(const Program& program, const AcceleratorConfig& config);

}  // namespace imc::accelerator
