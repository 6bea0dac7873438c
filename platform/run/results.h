// SPDX-License-Identifier: Apache-2.0
/// From a finished simulation to the figures of the run.
#pragma once

#include "report/accounting.h"
#include "run/compile.h"
#include "run/images.h"
#include "run/simulate.h"

#include <atomic>

namespace imc::run {

/// What is known before the simulation: network, quantisation, platform, layers.
report::RunResult describe(const config::Scenario& scenario, const Compiled& compiled);

/// Moments of the run, from the accelerator's books. With host operators an image ends when the
/// firmware has finished it, as `host_ends_ps` says (empty: there are none).
report::Window window_of(const System& system, const Simulated& simulated,
                         const std::vector<std::uint64_t>& host_ends_ps);

/// Names of the operators that a described run leaves to the host, in order; they are the last
/// layers.
std::vector<std::string> host_operator_names(const report::RunResult& described);

/// Counts of the host CPU.
report::HostInfo host_info(const config::RunConfig& config, const host::HostStatistics& statistics);

/// Seconds of work at the run's throughput after which the busiest associative cell has had all its
/// writes; none where no layer made products on such cells (docs/models/associative.md,
/// "Lifetime").
std::optional<double> array_lifetime_s(const report::RunResult& result,
                                       const AcceleratorConfig& platform);

/// What a run with unlimited arrays would have needed: "" where there are limits. `platform` has
/// the technology.
std::string unlimited_arrays(const report::RunResult& result, const AcceleratorConfig& platform);

/// How a check that may take long shows where it is, and when it is to end.
struct CheckOptions {
    const Progress& progress;
    const std::atomic<bool>* interrupted = nullptr;
    bool stopped() const { return interrupted != nullptr && interrupted->load(); }
};

/// Codes of the network's outputs against the independent reference, image by image; the images
/// that are left at Ctrl-C are not compared.
report::ReferenceInfo compare_with_reference(const Compiled& compiled, const ImageSet& images,
                                             const std::vector<std::vector<std::int32_t>>& outputs,
                                             const config::RunConfig& config,
                                             const CheckOptions& options);

/// Conversions out of their converter's range, but for layers whose scheme says what such a
/// conversion gives (ColumnQuant: the reference does the same).
std::uint64_t clipped_conversions(const Ledger& ledger, const Compiled& compiled);

/// Top-1 of the platform's outputs on labelled images, and of the float network, unless Ctrl-C
/// ended that.
report::Accuracy accuracy_of(const Compiled& compiled, const ImageSet& images,
                             const std::vector<float>& outputs, const CheckOptions& options);

}  // namespace imc::run
