// SPDX-License-Identifier: Apache-2.0
/// A host CPU as the runner sees it, whichever kind it is.
#pragma once

#include "host/common/function_sink.h"
#include "host/common/host.h"
#include "soc/soc.h"

#include <functional>
#include <memory>
#include <string>

namespace imc::run {

class HostCpu {
public:
    virtual ~HostCpu() = default;
    virtual host::Host& module() = 0;
    /// Brings the firmware into memory; after binding, before the simulation runs.
    virtual void load() = 0;
    /// Reports functions to `sink`; before the simulation runs. A host that cannot does nothing.
    virtual void trace(host::FunctionSink& sink) = 0;
    virtual void finish_trace() = 0;
    /// Where it is, e.g. "asleep in imc_driver_wait"; "" if that is not known.
    virtual std::string where() const = 0;
    /// Why it stopped for good; "" while it is well.
    virtual std::string trouble() const = 0;
};

using HostFactory = std::function<std::unique_ptr<HostCpu>(const host::HostConfig&, soc::Soc&)>;

}  // namespace imc::run
