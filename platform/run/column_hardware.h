// SPDX-License-Identifier: Apache-2.0
/// What ColumnQuant's layers ask of the tiles that hold them, from the program that runs.
#pragma once

#include "accelerator/config.h"
#include "compiler/map/mapping.h"
#include "compiler/quantize/qnet.h"
#include "crossbar/cost/column_workload.h"

#include <map>
#include <vector>

namespace imc::run {

/// One build a tile of `platform`, empty without ColumnQuant layers. An array's converters have the
/// resolution of its layer: the layer's own under ColumnQuant, else the platform's `adc_bits`.
/// Spare arrays have the widest of the program's ColumnQuant layers: the chip is made for them.
/// Throws InputError for a technology key that is missing.
std::vector<crossbar::TileBuild> tile_builds(const compiler::QNet& net,
                                             const compiler::Mapping& mapping,
                                             const AcceleratorConfig& platform);

/// Arrays, reads, conversions, scale words and MACs of ColumnQuant's layers, by layer index.
std::map<int, crossbar::ColumnWorkload> column_workloads(const compiler::QNet& net,
                                                         const compiler::Mapping& mapping,
                                                         const AcceleratorConfig& platform);

}  // namespace imc::run
