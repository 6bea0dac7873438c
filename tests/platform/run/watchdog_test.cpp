// SPDX-License-Identifier: GPL-2.0-only
/// Firmware that hangs is ended by the watchdog, which says where it hangs.
#include "config/scenario.h"
#include "host/rv64/rv64_host.h"
#include "run/simulate.h"

#include <gmock/gmock.h>

namespace imc::run {
namespace {

using testing::HasSubstr;

/// The rv64 host with a test program instead of the firmware.
class ProgramCpu : public HostCpu {
public:
    ProgramCpu(const host::HostConfig& config, soc::Soc& soc, const std::string& program)
        : m_elf(host::read_elf(IMC_BINARY_DIR "/firmware/tests/" + program + ".elf")),
          m_host("cpu", config, &soc.clint)
    {
    }
    host::Host& module() override { return m_host; }
    void load() override { m_host.load(m_elf); }
    void trace(host::FunctionSink&) override {}
    void finish_trace() override {}
    std::string where() const override { return m_host.where(m_elf); }
    std::string trouble() const override { return m_host.lockup(); }

private:
    host::Elf m_elf;
    host::Rv64Host m_host;
};

TEST(Watchdog, EndsAFirmwareThatSpins)
{
    const auto scenario = config::load_scenario(IMC_SOURCE_DIR "/scenarios/resnet20_bwq.yaml");
    Ledger ledger;
    System system(
        "system", scenario.config, scenario.config.platform,
        [](const host::HostConfig& config, soc::Soc& soc) {
            return std::make_unique<ProgramCpu>(config, soc, "spin");
        },
        ledger);
    SimulateOptions options;
    options.watchdog_ps = 1'000'000'000;
    const auto done = simulate(system, options);
    EXPECT_EQ(done.status, report::Status::failed);
    EXPECT_THAT(done.reason, HasSubstr("watchdog: the weights were not uploaded in"));
    // Uploading may take ten times the watchdog's 1 ms: at 1 GHz ten million instructions.
    EXPECT_GE(done.end_ps, 10'000'000'000u);
    EXPECT_LT(done.end_ps, 12'000'000'000u);
    EXPECT_GE(*system.cpu->module().statistics().instructions, 10'000'000u);
    ASSERT_FALSE(done.diagnosis.empty());
    EXPECT_THAT(done.diagnosis.back(), HasSubstr("host CPU: at work in spin, pc 0x8000"));
}

}  // namespace
}  // namespace imc::run
