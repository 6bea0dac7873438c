// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace imc::app {

using Clock = std::chrono::steady_clock;

Terminal::Terminal(const TerminalOptions& options)
    : m_options(options), m_is_terminal(isatty(STDERR_FILENO) == 1)
{
    const char* no_color = std::getenv("NO_COLOR");  // no-color.org
    if (no_color && *no_color) m_options.color = false;
    m_color_on_stdout = m_options.color && isatty(STDOUT_FILENO) == 1;
    m_options.color = m_options.color && m_is_terminal;
}

Terminal::~Terminal()
{
    end_progress();
}

std::string Terminal::painted(const char* code, const std::string& text) const
{
    return m_options.color ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

void Terminal::print(const std::string& text)
{
    end_progress();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void Terminal::say(const std::string& line)
{
    if (m_options.quiet) return;
    end_progress();
    fmt::print(stderr, "{}\n", line);
}

void Terminal::detail(const std::string& line)
{
    if (m_options.verbose) say(line);
}

void Terminal::warn(const std::string& line)
{
    end_progress();
    fmt::print(stderr, "{} {}\n", painted("33", "warning:"), line);
}

void Terminal::error(const std::string& line)
{
    end_progress();
    fmt::print(stderr, "{} {}\n", painted("31", "error:"), line);
}

void Terminal::progress(const std::string& what, std::uint64_t done, std::uint64_t total)
{
    if (!m_is_terminal || m_options.quiet) return;
    const auto now = Clock::now();
    if (what != m_bar_what) {
        m_bar_what = what;
        m_bar_start = now;
    } else if (now - m_last_drawn < std::chrono::milliseconds(100)) {
        return;
    }
    m_last_drawn = now;
    m_bar_drawn = true;
    const double share =
        total == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    constexpr int width = 30;
    const int filled = static_cast<int>(share * width);
    const double elapsed = std::chrono::duration<double>(now - m_bar_start).count();
    const std::string left =
        share > 0.02 ? fmt::format(", {:.0f} s left", elapsed / share - elapsed) : "";
    fmt::print(stderr, "\r\033[K{} [{}{}] {:3.0f} %{}", what, std::string(filled, '#'),
               std::string(width - filled, '.'), 100 * share, left);
    std::fflush(stderr);
}

void Terminal::end_progress()
{
    if (!m_bar_drawn) return;
    m_bar_drawn = false;
    m_bar_what.clear();
    std::fputs("\r\033[K", stderr);
}

}  // namespace imc::app
