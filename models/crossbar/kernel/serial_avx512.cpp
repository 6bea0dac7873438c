// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "crossbar/kernel/serial_loops.h"

namespace imc::crossbar {

const SerialKernels serial_avx512{read_digits<false>, read_digits<true>, read_fixed<false>,
                                  read_fixed<true>};

}  // namespace imc::crossbar
#endif
