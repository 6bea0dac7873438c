// SPDX-License-Identifier: Apache-2.0
/// Streams, slots, spills and routes between placed stages.
#pragma once

#include "compiler/map/place.h"

namespace imc::compiler {

/// Fills in every stage's geometry and streams, inserts SPILL stages, writes routes. Throws
/// InputError as choose_depths does, CapacityError for global buffers that are too
/// small.
void connect_stages(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
                    const Lowerings& lowerings, Mapping& mapping);

}  // namespace imc::compiler
