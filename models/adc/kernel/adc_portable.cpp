// SPDX-License-Identifier: Apache-2.0
#include "adc/kernel/adc_loops.h"

namespace imc::adc {

const AdcKernels adc_portable{convert_loop, convert_noisy_loop};

const AdcKernels& adc_kernels(SimdLevel level)
{
#if defined(__x86_64__)
    if (level == SimdLevel::avx512) return adc_avx512;
    if (level == SimdLevel::avx2) return adc_avx2;
#endif
    static_cast<void>(level);
    return adc_portable;
}

}  // namespace imc::adc
