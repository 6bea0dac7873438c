// SPDX-License-Identifier: Apache-2.0
/// This program as a child process: one simulation a process, as SystemC wants it.
#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace imc::app {

/// Starts `vp ARGUMENTS` with its output going to `log`. Throws std::runtime_error if that fails.
pid_t start_vp(const std::vector<std::string>& arguments, const std::string& log);

/// Exit status of a child (128 + signal if one ended it); waits for it.
int wait_for(pid_t child);

/// Waits for any of the children that are left; returns its pid and sets `status`.
pid_t wait_for_any(int& status);

}  // namespace imc::app
