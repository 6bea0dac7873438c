// SPDX-License-Identifier: Apache-2.0
/// Puts trained ColumnQuant parameters in the place of those from calibration.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/column.h"
#include "compiler/quantize/column_file.h"
#include "compiler/quantize/plan.h"

namespace imc::compiler {

/// `options` with what the file decides: bits, cells, converters, array rows, granularity.
QuantOptions trained_options(const QuantOptions& options, const ColumnFile& file);

/// Gives the file's tensors, and what shares a scale with them, the trained ranges. Throws
/// InputError for a tensor that the plan does not have or that has other bits.
void use_trained_ranges(const Graph& graph, const ColumnFile& file, Plan& plan);

/// Codes of a layer's weights under the trained scales. Throws InputError for other sizes.
ColumnCodes trained_codes(const ColumnLayer& layer, const TrainedColumns& trained,
                          const QuantOptions& options);

}  // namespace imc::compiler
