// SPDX-License-Identifier: Apache-2.0
#include "reference/column.h"
#include "reference/windows.h"

#include <algorithm>

namespace imc::reference {

void evaluate_max_pool(const Work& work)
{
    for_each_window(work, [&](unsigned, const std::vector<std::int32_t>& inside) {
        if (inside.empty()) return work.out.min;
        const std::int32_t highest = *std::max_element(inside.begin(), inside.end());
        if (work.layer.scale.empty()) return highest;
        return work.finish(
            rescale_product(work.scaling(0), std::int64_t{highest} - work.in[0]->zero_point));
    });
}

void evaluate_average_pool(const Work& work)
{
    if (work.layer.codebook) return evaluate_codebook_mean(work);
    for_each_window(work, [&](unsigned cells, const std::vector<std::int32_t>& inside) {
        std::int64_t sum = 0;
        for (const std::int32_t code : inside)
            sum += std::int64_t{code} - work.in[0]->zero_point;
        return work.finish(cells == 0 ? 0 : rescale_mean(work.scaling(0), sum, cells));
    });
}

}  // namespace imc::reference
