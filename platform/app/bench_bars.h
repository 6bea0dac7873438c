// SPDX-License-Identifier: Apache-2.0
/// The speeds that are asked of the simulator on a 2-core machine, and how each is measured.
#pragma once

#include <string>
#include <vector>

namespace imc::app {

/// A measured job: a whole run as a process of its own, a kernel benchmark, or the rv64 host on the
/// firmware.
struct BenchJob {
    enum class Kind { run, kernel, firmware };
    Kind kind = Kind::run;
    std::string subject;                 ///< run: scenario; kernel: its name in Google Benchmark
    std::vector<std::string> overrides;  ///< run: what is set beside `run.check=none`
    bool traces = false;                 ///< run: leave the scenario's traces on
    unsigned images = 1;
};

/// Jobs are equal if they measure the same thing: then they are measured once.
bool operator==(const BenchJob& a, const BenchJob& b);

struct BenchBar {
    enum class Quantity {
        seconds,    ///< wall time of the process
        mebibytes,  ///< its largest resident set
        images_per_s,
        times_base,  ///< time over that of `base`
        macs_per_s,  ///< of one core
        mips
    };
    const char* name;
    Quantity quantity = Quantity::seconds;
    double asked = 0;
    BenchJob job;
    BenchJob base;
};

/// True for quantities of which less is better.
bool less_is_better(BenchBar::Quantity quantity);

/// All bars, in the order of the table.
const std::vector<BenchBar>& bench_bars();

}  // namespace imc::app
