// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/serial_loops.h"

namespace imc::crossbar {

const SerialKernels serial_portable{read_digits<false>, read_digits<true>, read_fixed<false>,
                                    read_fixed<true>};

const SerialKernels& serial_kernels(SimdLevel level)
{
#if defined(__x86_64__)
    if (level == SimdLevel::avx512) return serial_avx512;
    if (level == SimdLevel::avx2) return serial_avx2;
#endif
    static_cast<void>(level);
    return serial_portable;
}

}  // namespace imc::crossbar
