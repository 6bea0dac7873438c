// SPDX-License-Identifier: Apache-2.0
/// What a ColumnQuant layer asks of arrays and converters (columnquant.md section 3, table; 8.8).
#pragma once

#include "crossbar/cost/dequantize.h"
#include "imcvp/program.h"

#include <cstdint>

namespace imc::crossbar {

struct ColumnWorkload {
    std::uint64_t arrays = 0;       ///< tiles x blocks of columns, slices side by side
    std::uint64_t array_reads = 0;  ///< per image
    std::uint64_t conversions = 0;  ///< per image
    std::uint64_t scale_words =
        0;                   ///< stored; slices x tiles x outputs where each column has its own
    std::uint64_t macs = 0;  ///< per image

    ColumnWorkload& operator+=(const ColumnWorkload& o);
};

/// Of one stage of a program. Copies of a stage share its images: their arrays and words count, and
/// their reads with the first copy.
ColumnWorkload column_workload(const imc_stage& stage, const DequantizeNeeds& needs);

}  // namespace imc::crossbar
