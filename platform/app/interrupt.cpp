// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <unistd.h>
#include <csignal>

namespace imc::app {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use it");

void on_signal(int)
{
    constexpr int exit_interrupted = 130;
    if (interrupted.exchange(true)) _exit(exit_interrupted);
}

}  // namespace

const std::atomic<bool>& interrupt_flag()
{
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    return interrupted;
}

}  // namespace imc::app
