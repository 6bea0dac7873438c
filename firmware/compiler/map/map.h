// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accelerator/config.h"
#include "compiler/map/mapping.h"

namespace imc::compiler {

/// Lays `net` out on the accelerator of `config` (its `chips` is ignored: options decide). Throws
/// InputError if it does not fit (with the number of arrays or chips needed), if a buffer_rows
/// entry could block, or names an unknown layer.
Mapping map_network(const QNet& net, const AcceleratorConfig& config, const MapOptions& options);

}  // namespace imc::compiler
