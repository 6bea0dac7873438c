// SPDX-License-Identifier: Apache-2.0
#include "compiler/float_eval/sgemm.h"

#include "common/cpu_features.h"

namespace imc::compiler {

TileKernel tile_kernel()
{
    switch (simd_level()) {
        case SimdLevel::avx512:
            return multiply_tile_avx512;
        case SimdLevel::avx2:
            return multiply_tile_avx2;
        default:
            return multiply_tile_portable;
    }
}

PackedRows::PackedRows(const float* matrix, int row_count, int depth)
    : rows(row_count), k(depth), blocks((row_count + tile_rows - 1) / tile_rows)
{
    m_data.resize(static_cast<std::size_t>(blocks) * k * tile_rows);
    for (int r = 0; r < rows; ++r) {
        float* to =
            m_data.data() + static_cast<std::size_t>(r / tile_rows) * k * tile_rows + r % tile_rows;
        const float* from = matrix + static_cast<std::size_t>(r) * k;
        for (int i = 0; i < k; ++i)
            to[static_cast<std::size_t>(i) * tile_rows] = from[i];
    }
}

}  // namespace imc::compiler
