// SPDX-License-Identifier: Apache-2.0
#include "compiler/float_eval/sgemm_tile.h"

namespace imc::compiler {

void multiply_tile_avx2(const float* rows, const float* columns, int k, float* out)
{
    Tile<8, 4, 2>::multiply(rows, columns, k, out);
}

}  // namespace imc::compiler
