// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/lane_kernels.h"

#include "common/cpu_features.h"

namespace imc::associative {

const LaneKernels& lane_kernels()
{
#if defined(__x86_64__)
    switch (simd_level()) {
        case SimdLevel::avx512:
            return lane_kernels_avx512;
        case SimdLevel::avx2:
            return lane_kernels_avx2;
        case SimdLevel::portable:
            break;
    }
#endif
    return lane_kernels_portable;
}

}  // namespace imc::associative
