// SPDX-License-Identifier: Apache-2.0
/// Float matrix product in tiles, for the float reference network. Each sum runs over k in
/// ascending order, product rounded before the addition (no FMA), so that every SIMD level and
/// tiling gives the same bits.
#pragma once

#include <cstddef>
#include <vector>

namespace imc::compiler {

constexpr int tile_rows = 8;
constexpr int tile_columns = 32;

/// out[8][32] = sum over k of rows[k][8] x columns[k][32].
using TileKernel = void (*)(const float* rows, const float* columns, int k, float* out);

void multiply_tile_portable(const float* rows, const float* columns, int k, float* out);
void multiply_tile_avx2(const float* rows, const float* columns, int k, float* out);
void multiply_tile_avx512(const float* rows, const float* columns, int k, float* out);

/// The kernel of the SIMD level in use.
TileKernel tile_kernel();

/// A (rows, k) matrix in blocks of [k][8], the last block filled up with zeros.
struct PackedRows {
    PackedRows(const float* matrix, int rows, int k);
    const float* block(int index) const
    {
        return m_data.data() + static_cast<std::size_t>(index) * k * tile_rows;
    }

    int rows;
    int k;
    int blocks;

private:
    std::vector<float> m_data;
};

}  // namespace imc::compiler
