// SPDX-License-Identifier: Apache-2.0
#include "digital/kernel/digital_loops.h"

namespace imc::digital {

const DigitalKernels digital_portable{largest_loop, dyadic_loop, scaled_loop};

const DigitalKernels& digital_kernels(SimdLevel level)
{
#if defined(__x86_64__)
    if (level == SimdLevel::avx512) return digital_avx512;
    if (level == SimdLevel::avx2) return digital_avx2;
#endif
    static_cast<void>(level);
    return digital_portable;
}

}  // namespace imc::digital
