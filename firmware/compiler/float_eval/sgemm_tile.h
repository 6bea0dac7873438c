// SPDX-License-Identifier: Apache-2.0
/// The tile product for one vector width; included by one source file an instruction set.
#pragma once

#include "compiler/float_eval/sgemm.h"

#include <cstring>

namespace imc::compiler {
namespace {

/// Rows x Vectors accumulators of `Lanes` floats at a time: as many as the registers hold.
template <int Lanes, int Rows, int Vectors>
struct Tile {
    typedef float Vector __attribute__((vector_size(Lanes * sizeof(float))));

    static Vector load(const float* from)
    {
        Vector v;
        std::memcpy(&v, from, sizeof v);
        return v;
    }

    static void part(const float* rows, const float* columns, int k, float* out)
    {
        Vector sums[Rows][Vectors] = {};
        for (int i = 0; i < k; ++i, rows += tile_rows, columns += tile_columns) {
            Vector x[Vectors];
            for (int v = 0; v < Vectors; ++v)
                x[v] = load(columns + v * Lanes);
            for (int r = 0; r < Rows; ++r)
                for (int v = 0; v < Vectors; ++v)
                    sums[r][v] += x[v] * rows[r];
        }
        for (int r = 0; r < Rows; ++r)
            std::memcpy(out + r * tile_columns, sums[r], sizeof sums[r]);
    }

    static void multiply(const float* rows, const float* columns, int k, float* out)
    {
        for (int r = 0; r < tile_rows; r += Rows)
            for (int c = 0; c < tile_columns; c += Vectors * Lanes)
                part(rows + r, columns + c, k, out + r * tile_columns + c);
    }
};

}  // namespace
}  // namespace imc::compiler
