// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "adc/kernel/adc_loops.h"

namespace imc::adc {

const AdcKernels adc_avx512{convert_loop, convert_noisy_loop};

}  // namespace imc::adc
#endif
