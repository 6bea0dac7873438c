// SPDX-License-Identifier: Apache-2.0
#include "run/simulate.h"

#include "common/module/sim_time.h"
#include "config/scalars.h"

#include <fmt/format.h>

#include <algorithm>

namespace imc::run {

namespace {

using sc_core::sc_time;

constexpr std::uint64_t slice_ps =
    1'000'000'000;  ///< how often watchdog, Ctrl-C and progress are looked at: 1 ms

std::uint64_t now_ps()
{
    return static_cast<std::uint64_t>(sc_core::sc_time_stamp().to_seconds() * 1e12 + 0.5);
}

class Run {
public:
    Run(System& system, const SimulateOptions& options) : m_system(system), m_options(options) {}

    Simulated go()
    {
        m_system.soc.finisher.on_finish([](int) { sc_core::sc_stop(); });
        while (m_done.status == report::Status::ok && !m_over)
            slice();
        m_done.end_ps = now_ps();
        m_done.deltas = sc_core::sc_delta_count();
        return std::move(m_done);
    }

private:
    void slice()
    {
        // A slice that ends before the next event would leave time where it is, again and again.
        std::uint64_t length = slice_ps;
        if (sc_core::sc_pending_activity())
            length = std::max(length, to_ps(sc_core::sc_time_to_pending_activity()));
        if (m_options.until_ps)
            length = std::min(length, m_options.until_ps - std::min(m_options.until_ps, now_ps()));
        if (length == 0)
            return stop(report::Status::interrupted, "stopped at the time of run.until");
        sc_core::sc_start(sc_time(static_cast<double>(length), sc_core::SC_PS),
                          sc_core::SC_RUN_TO_TIME);
        look();
    }

    void look()
    {
        const auto code = m_system.soc.finisher.exit_code();
        if (code) return finish(*code);
        if (const std::string trouble = m_system.cpu->trouble(); !trouble.empty())
            return stop(report::Status::failed, "the host CPU stopped: " + trouble);
        if (!sc_core::sc_pending_activity())
            return starve("the simulation starved: nothing is left that could happen");
        const auto finished = finished_images();
        if (m_options.progress) m_options.progress("simulating", finished, m_options.images);
        if (finished > m_finished || !m_system.accelerator.setup_end_ps()) m_last_ps = now_ps();
        if (m_options.watchdog_ps && m_system.accelerator.setup_end_ps() == 0 &&
            now_ps() > setup_limit())
            return starve("watchdog: the weights were not uploaded in " + time_text(setup_limit()));
        m_finished = finished;
        if (m_options.watchdog_ps && now_ps() - m_last_ps > m_options.watchdog_ps)
            return starve("watchdog: no image was finished in " + time_text(m_options.watchdog_ps));
        if (m_options.interrupted && m_options.interrupted->load())
            stop(report::Status::interrupted, "Ctrl-C");
    }

    /// Uploading may take long on large chips, but not for ever.
    std::uint64_t setup_limit() const { return 10 * m_options.watchdog_ps; }

    static std::string time_text(std::uint64_t ps)
    {
        return config::yaml_time(ps) + " of simulated time";
    }

    std::uint64_t finished_images() const
    {
        const auto& images = m_system.accelerator.images();
        return static_cast<std::uint64_t>(std::count_if(
            images.begin(), images.end(), [](const auto& image) { return image.output_ps != 0; }));
    }

    void finish(int code)
    {
        m_over = true;
        if (code == 0) return;
        const std::string& error = m_system.accelerator.last_error();
        stop(report::Status::failed, fmt::format("the firmware ended with code {}{}", code,
                                                 error.empty() ? "" : ": " + error));
    }

    void stop(report::Status status, const std::string& reason)
    {
        m_done.status = status;
        m_done.reason = reason;
    }

    void starve(const std::string& reason)
    {
        stop(report::Status::failed, reason);
        m_done.diagnosis = m_system.accelerator.diagnose();
        if (const std::string where = m_system.cpu->where(); !where.empty())
            m_done.diagnosis.push_back("host CPU: " + where);
    }

    System& m_system;
    const SimulateOptions& m_options;
    Simulated m_done;
    bool m_over = false;
    std::uint64_t m_finished = 0, m_last_ps = 0;
};

}  // namespace

Simulated simulate(System& system, const SimulateOptions& options)
{
    return Run(system, options).go();
}

}  // namespace imc::run
