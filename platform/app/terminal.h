// SPDX-License-Identifier: Apache-2.0
/// What the user sees on the terminal: messages and progress on stderr, results on stdout.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace imc::app {

struct TerminalOptions {
    bool quiet = false, verbose = false, color = true;
};

class Terminal {
public:
    explicit Terminal(const TerminalOptions& options);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool quiet() const { return m_options.quiet; }
    bool verbose() const { return m_options.verbose; }
    /// Colours for text that goes to print().
    bool color_on_stdout() const { return m_color_on_stdout; }

    /// Results: to stdout, whatever the options.
    void print(const std::string& text);
    /// A line on what is being done; not with --quiet.
    void say(const std::string& line);
    /// A line for the curious; with --verbose only.
    void detail(const std::string& line);
    /// A warning; even with --quiet.
    void warn(const std::string& line);
    /// One error, one line.
    void error(const std::string& line);

    /// Draws or moves the progress bar: on a terminal only, at most ten times a second.
    void progress(const std::string& what, std::uint64_t done, std::uint64_t total);
    void end_progress();

private:
    std::string painted(const char* code, const std::string& text) const;

    TerminalOptions m_options;
    bool m_is_terminal;
    bool m_color_on_stdout;
    bool m_bar_drawn = false;
    std::chrono::steady_clock::time_point m_last_drawn{};
    std::chrono::steady_clock::time_point m_bar_start{};
    std::string m_bar_what;
};

}  // namespace imc::app
