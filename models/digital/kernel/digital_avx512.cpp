// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "digital/kernel/digital_loops.h"

namespace imc::digital {

const DigitalKernels digital_avx512{largest_loop, dyadic_loop, scaled_loop};

}  // namespace imc::digital
#endif
