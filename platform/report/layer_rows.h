// SPDX-License-Identifier: Apache-2.0
/// What a program image tells of its layers before anything runs.
#pragma once

#include "report/run_result.h"

#include <cstdint>
#include <vector>

namespace imc::report {

/// Rows of the layer table of a program image, one per imc_layer: names, operations, MACs, bits,
/// engine and the numbers of its stages and of the tiles that host them, SPILLs left out; then a
/// row for each operator that is left to the host. The image must have been checked by its loader.
std::vector<LayerRow> layer_rows(const std::uint8_t* program_image);

/// Shares the area of each tile, `tile_areas_mm2` by node, in equal parts among the layers whose
/// weights it holds (or, on a tile without weights, that have a stage there); what remains of
/// `result.area_mm2` is the row "(shared)"'s. A crossbar tile counts in `used_area_mm2` by its
/// arrays in use over `arrays_per_tile`, another whole. Rows and total must be there: after
/// account().
void share_area(RunResult& result, const std::uint8_t* program_image,
                const std::vector<double>& tile_areas_mm2, unsigned arrays_per_tile);

}  // namespace imc::report
