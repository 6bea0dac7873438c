// SPDX-License-Identifier: Apache-2.0
/// One pass over whole columns: the loop under the microcode interpreter.
#pragma once

#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/lane_vector.h"

namespace imc::associative {
namespace {

PassResult run_pass(const PassColumns& columns)
{
    Lanes matches = {};
    Lanes flips = {};
    for (std::size_t w = 0; w < columns.words; w += lane_words) {
        Lanes tag = load_lanes(columns.active + w);
        for (std::size_t k = 0; k < columns.keys; ++k) {
            tag &= load_lanes(columns.key[k] + w) ^ columns.invert[k];
        }
        store_lanes(columns.tags + w, tag);
        matches += popcount(tag);
        for (std::size_t k = 0; k < columns.writes; ++k) {
            const Lanes change = tag & (load_lanes(columns.write[k] + w) ^ columns.value[k]);
            flips += popcount(change);
            store_lanes(columns.write[k] + w, load_lanes(columns.write[k] + w) ^ change);
        }
    }
    return {sum_lanes(matches), sum_lanes(flips)};
}

}  // namespace
}  // namespace imc::associative
