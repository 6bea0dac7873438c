// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_search.h"

#include "common/error.h"

#include <algorithm>
#include <utility>

namespace imc::compiler {

SizeChoice choose_sizes(double float_error, double bound, const std::vector<unsigned>& sizes,
                        const std::function<double(unsigned, unsigned)>& evaluate)
{
    if (sizes.empty())
        throw InputError("codebook sizes: none to choose from; give some of 2 to 64");
    std::vector<std::pair<unsigned, unsigned>> pairs;
    for (const unsigned w : sizes)
        for (const unsigned u : sizes)
            pairs.emplace_back(w, u);
    std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
        return std::make_pair(a.first * a.second, a.first) <
               std::make_pair(b.first * b.second, b.first);
    });
    SizeChoice best;
    for (const auto& [w, u] : pairs) {
        const double loss = evaluate(w, u) - float_error;
        if (best.weight_entries == 0 || loss < best.loss) best = {w, u, loss, loss <= bound};
        if (loss <= bound) return {w, u, loss, true};
    }
    return best;
}

}  // namespace imc::compiler
