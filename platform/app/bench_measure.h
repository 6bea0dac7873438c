// SPDX-License-Identifier: Apache-2.0
/// Measures the jobs of the speed bars.
#pragma once

#include "bench_bars.h"

#include <string>

namespace imc::app {

/// The best of some repeats, wall and CPU time apart: what disturbs a run only makes it slower.
struct BenchMeasured {
    double wall_s = 0, cpu_s = 0;  ///< of a run; kernels: seconds an iteration
    double rss_mib = 0;
    double rate = 0;      ///< kernels: MAC/s of CPU time; firmware: MIPS of CPU time
    std::string failure;  ///< why there is no figure; "" if there is
};

/// `repeats` measurements of `job`; files go to `folder`.
BenchMeasured measure(const BenchJob& job, unsigned repeats, const std::string& folder);

/// Path of a program of the folder bench/ of the build this program belongs to; "" if not built.
std::string bench_program(const std::string& name);

}  // namespace imc::app
