// SPDX-License-Identifier: Apache-2.0
#include "host_factory.h"

#include "common/error.h"

namespace imc::app {

run::HostFactory host_factory(const config::RunConfig& config)
{
    if (config.host.cpu == config::HostCpu::rv64) {
#ifdef IMCVP_HAS_RV64
        return rv64_factory();
#else
        throw InputError(
            "host.cpu: this build has no rv64 host; set host.cpu=native, or configure with "
            "IMCVP_RV64=ON");
#endif
    }
    throw InputError("host.cpu: native is not part of this build; set host.cpu=rv64");
}

}  // namespace imc::app
