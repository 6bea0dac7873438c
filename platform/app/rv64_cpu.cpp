// SPDX-License-Identifier: GPL-2.0-only
#include "host/rv64/rv64_host.h"

#include "host_factory.h"

namespace imc::app {

namespace {

class Rv64Cpu : public run::HostCpu {
public:
    Rv64Cpu(const host::HostConfig& config, soc::Soc& soc)
        : m_elf(host::read_elf(IMC_FIRMWARE_ELF)), m_host("cpu", config, &soc.clint)
    {
    }

    host::Host& module() override { return m_host; }
    void load() override { m_host.load(m_elf); }
    void trace(host::FunctionSink& sink) override { m_host.trace_functions(m_elf, sink); }
    void finish_trace() override { m_host.finish_trace(); }
    std::string where() const override { return m_host.where(m_elf); }
    std::string trouble() const override { return m_host.lockup(); }

private:
    host::Elf m_elf;
    host::Rv64Host m_host;
};

}  // namespace

run::HostFactory rv64_factory()
{
    return [](const host::HostConfig& config, soc::Soc& soc) {
        return std::make_unique<Rv64Cpu>(config, soc);
    };
}

}  // namespace imc::app
