// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/calibration.h"
#include "compiler/quantize/column_file.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/plan.h"
#include "compiler/quantize/weights.h"

#include <vector>

namespace imc::compiler {

/// The options as scheme `column` needs them: fully connected layers keep 8-bit inputs, signed
/// inputs are two's complement (its arrays have no zero point). Throws InputError for weight bits
/// that are no whole number of cells, or a quantised graph.
QuantOptions column_options(const Graph& graph, const QuantOptions& asked);

/// Replaces the codes of the layers that ColumnQuant takes by column-wise ones, with steps and
/// centres from the calibration images, or all of it from `trained` if that is given.
void add_columns(const Graph& graph, const Plan& plan, const std::vector<int>& nodes,
                 const QuantOptions& options, const CalibrationSource& calibration,
                 const ColumnFile* trained, std::vector<WeightCodes>& codes);

}  // namespace imc::compiler
