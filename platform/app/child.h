// SPDX-License-Identifier: Apache-2.0
/// This program as a child process: one simulation a process, as SystemC wants it.
#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace imc::app {

/// Starts `vp ARGUMENTS` with its output going to `log`, in a process group of its own: a Ctrl-C
/// reaches it only from here. Throws std::runtime_error if that fails.
pid_t start_vp(const std::vector<std::string>& arguments, const std::string& log);

/// What a child process took.
struct ChildUsage {
    int status = -1;     ///< exit status, 128 + signal if one ended it
    double wall_s = 0;   ///< from its start to its end
    double cpu_s = 0;    ///< user and system time, of its threads and their children too
    double rss_mib = 0;  ///< largest resident set
};

/// Runs `program ARGUMENTS` to its end, output going to `log`; "" is this program. Throws
/// std::runtime_error if it cannot be started.
ChildUsage run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const std::string& log);

/// Waits for any of the children that are left; returns its pid and sets `status`. A signal ends
/// the wait with -1.
pid_t wait_for_any(int& status);

}  // namespace imc::app
