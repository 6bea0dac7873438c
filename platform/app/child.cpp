// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace imc::app {

namespace {

int status_of(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

pid_t wait_any(pid_t child, int& status)
{
    int wait_status = 0;
    pid_t found = 0;
    do {
        found = waitpid(child, &wait_status, 0);
    } while (found < 0 && errno == EINTR);
    status = found < 0 ? -1 : status_of(wait_status);
    return found;
}

}  // namespace

pid_t start_vp(const std::vector<std::string>& arguments, const std::string& log)
{
    std::vector<char*> argv{const_cast<char*>("vp")};
    for (const auto& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    pid_t child = 0;
    const int error = posix_spawn(&child, "/proc/self/exe", &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error)
        throw std::runtime_error(std::string("cannot start a process: ") + std::strerror(error));
    return child;
}

int wait_for(pid_t child)
{
    int status = 0;
    wait_any(child, status);
    return status;
}

pid_t wait_for_any(int& status)
{
    return wait_any(-1, status);
}

}  // namespace imc::app
