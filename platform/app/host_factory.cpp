// SPDX-License-Identifier: Apache-2.0
#include "host_factory.h"

#include "common/error.h"
#include "host/native/native_host.h"

namespace imc::app {

namespace {

class NativeCpu : public run::HostCpu {
public:
    explicit NativeCpu(const host::HostConfig& config) : m_host("cpu", config) {}

    host::Host& module() override { return m_host; }
    void load() override {}
    void trace(host::FunctionSink&) override {}
    void finish_trace() override {}
    std::string where() const override { return ""; }
    std::string trouble() const override { return ""; }

private:
    host::NativeHost m_host;
};

}  // namespace

run::HostFactory host_factory(const config::RunConfig& config)
{
    if (config.host.cpu == config::HostCpu::rv64) {
#ifdef IMC_FIRMWARE_ELF
        return rv64_factory();
#else
        throw InputError(
            "host.cpu: this build has no rv64 host; set host.cpu=native, or configure with "
            "IMCVP_RV64=ON");
#endif
    }
    return
        [](const host::HostConfig& host, soc::Soc&) { return std::make_unique<NativeCpu>(host); };
}

}  // namespace imc::app
