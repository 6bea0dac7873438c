// SPDX-License-Identifier: Apache-2.0
/// What a ColumnQuant layer asks of arrays and converters (columnquant.md section 3, table; 8.8).
#pragma once

#include <cstdint>

#include "crossbar/kernel/row_shape.h"

namespace imc::crossbar {

struct ColumnWorkload {
    std::uint64_t arrays = 0;       ///< tiles x blocks of columns, slices side by side
    std::uint64_t array_reads = 0;  ///< per image, inputs at full width
    std::uint64_t conversions = 0;  ///< per image; as many multiplications by a scale word
    std::uint64_t scale_words = 0;
    std::uint64_t macs = 0;  ///< per image

    ColumnWorkload& operator+=(const ColumnWorkload& o);
};

/// A layer of `out_rows` output rows on arrays of `array_rows` x `array_columns` cells, kernels
/// kept whole. `polarities`: 2 for separate positive and negative arrays. Throws InputError if one
/// kernel does not fit an array's rows.
ColumnWorkload column_workload(const RowShape& shape, std::uint64_t out_rows, int array_rows,
                               int array_columns, int slices, int polarities = 1);

}  // namespace imc::crossbar
