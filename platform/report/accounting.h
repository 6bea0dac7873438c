// SPDX-License-Identifier: Apache-2.0
/// From the ledger's counts to the numbers of a run.
#pragma once

#include "common/ledger.h"
#include "report/run_result.h"
#include "trace/timeline.h"

#include <cstdint>

namespace imc::report {

/// The moments that a run's numbers refer to, in simulated time.
struct Window {
    std::uint64_t setup_begin_ps = 0, setup_end_ps = 0;  ///< weight upload
    std::uint64_t first_doorbell_ps = 0;                 ///< of the first image
    std::uint64_t last_interrupt_ps = 0;                 ///< of the last image
    std::uint64_t first_output_ps = 0;  ///< of the first image, host layers included
    std::uint64_t last_output_ps = 0;   ///< the same of the last image
    double mean_latency_ps =
        0.0;  ///< doorbell to last output, host layers included, mean over images
};

/// Fills times, energies, layers and components of `result` from the books. The caller has filled
/// `result.images` and the fixed columns of `result.layers` (layer_rows()); a row "(shared)" is
/// appended. Leakage is power x time from first doorbell to last interrupt and goes to "(shared)".
/// `timeline` may be nullptr: then layers have no start and latency.
void account(RunResult& result, const Ledger& ledger, const Window& window,
             const trace::Timeline* timeline);

}  // namespace imc::report
