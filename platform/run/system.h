// SPDX-License-Identifier: Apache-2.0
/// The whole virtual platform: SoC, host CPU, accelerator.
#pragma once

#include "accelerator/module/accelerator.h"
#include "config/run_config.h"
#include "imcvp/boot.h"
#include "run/host_cpu.h"
#include "soc/soc.h"

#include <memory>

namespace imc::run {

/// The SoC's and the host's parameters of a scenario.
soc::SocConfig soc_config(const config::RunConfig& config);
host::HostConfig host_config(const config::RunConfig& config);

class System : public sc_core::sc_module {
public:
    soc::Soc soc;
    Accelerator accelerator;
    std::unique_ptr<HostCpu> cpu;

    /// `platform` is the scenario's with the number of chips that the program takes.
    System(const sc_core::sc_module_name& name, const config::RunConfig& config,
           const AcceleratorConfig& platform, const HostFactory& make_cpu, Ledger& ledger);

private:
    void end_of_elaboration() override { cpu->load(); }
};

}  // namespace imc::run
