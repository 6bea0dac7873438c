// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace imc::app {

namespace {

const char* const this_program = "/proc/self/exe";

int status_of(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/// In a process group of its own if `apart`.
pid_t start(const char* program, const char* name, const std::vector<std::string>& arguments,
            const std::string& log, bool apart)
{
    std::vector<char*> argv{const_cast<char*>(name)};
    for (const auto& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    if (apart) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int error = posix_spawn(&child, program, &files, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error)
        throw std::runtime_error(std::string("cannot start a process: ") + std::strerror(error));
    return child;
}

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

pid_t start_vp(const std::vector<std::string>& arguments, const std::string& log)
{
    return start(this_program, "vp", arguments, log, true);
}

ChildUsage run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const std::string& log)
{
    const auto begin = std::chrono::steady_clock::now();
    const char* path = program.empty() ? this_program : program.c_str();
    const pid_t child = start(path, path, arguments, log, false);
    ChildUsage child_usage;
    rusage usage{};
    int status = 0;
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    child_usage.status = status_of(status);
    child_usage.wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    child_usage.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    child_usage.rss_mib = static_cast<double>(usage.ru_maxrss) / 1024.0;
    return child_usage;
}

pid_t wait_for_any(int& status)
{
    int wait_status = 0;
    const pid_t found = waitpid(-1, &wait_status, 0);
    if (found > 0) status = status_of(wait_status);
    return found;
}

}  // namespace imc::app
