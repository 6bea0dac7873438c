// SPDX-License-Identifier: Apache-2.0
/// The host CPUs that this build has.
#pragma once

#include "config/run_config.h"
#include "run/host_cpu.h"

namespace imc::app {

/// Makes the CPU that `config` asks for. Throws InputError if this build lacks it or its firmware.
run::HostFactory host_factory(const config::RunConfig& config);

/// The rv64 host, in builds with the Unicorn engine.
run::HostFactory rv64_factory();

}  // namespace imc::app
