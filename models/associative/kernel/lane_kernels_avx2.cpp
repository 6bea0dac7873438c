// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "associative/kernel/gemm_counts.h"
#include "associative/kernel/gemm_planes.h"
#include "associative/kernel/gemm_words.h"
#include "associative/kernel/pass_lanes.h"
#include "associative/kernel/word_lanes.h"

namespace imc::associative {

const LaneKernels lane_kernels_avx2 = {
    run_pass, run_known, plane_gemm, plane_add, word_gemm,  count_products_kernel,
    word_add, word_copy, word_relu,  word_clip, word_select};

}  // namespace imc::associative
#endif
