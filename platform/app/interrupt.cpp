// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace imc::app {

namespace {

constexpr int slots = 4, max_depth = 4;

std::atomic<bool> interrupted{false}, asks{false};
std::atomic<bool> used[slots], published[slots];
char folders[slots][PATH_MAX], targets[slots][PATH_MAX];
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use it");

/// An entry of a folder as getdents64(2) gives it.
struct Entry {
    std::uint64_t inode;
    std::int64_t next;
    std::uint16_t bytes;
    std::uint8_t type;
    char name[1];
};

/// Removes a folder with system calls alone, as a signal handler may: the library's functions for
/// folders allocate.
void remove_folder(int parent, const char* path, int depth)
{
    const int folder = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return;
    alignas(Entry) char buffer[2048];
    long bytes = 0;
    while ((bytes = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < bytes;) {
            const auto* entry = reinterpret_cast<const Entry*>(buffer + at);
            at += entry->bytes;
            const char* name = entry->name;
            if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
            if (unlinkat(folder, name, 0) != 0 && depth < max_depth)
                remove_folder(folder, name, depth + 1);
        }
    }
    close(folder);
    unlinkat(parent, path, AT_REMOVEDIR);
}

/// `folder` becomes `target`; what was there goes.
void put_in_place(const char* folder, const char* target)
{
    if (renameat2(AT_FDCWD, folder, AT_FDCWD, target, RENAME_EXCHANGE) != 0) {
        if (rename(folder, target) == 0) return;  // there was none
        remove_folder(AT_FDCWD, target, 0);       // file systems that cannot exchange
        rename(folder, target);
        return;
    }
    remove_folder(AT_FDCWD, folder, 0);
}

sigset_t both_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void on_signal(int)
{
    constexpr int exit_interrupted = 130;
    if (!interrupted.exchange(true) && asks.load()) return;
    for (int slot = slots - 1; slot >= 0; --slot)
        if (used[slot].load() && published[slot].load())
            put_in_place(folders[slot], targets[slot]);
        else if (used[slot].load())
            remove_folder(AT_FDCWD, folders[slot], 0);
    _exit(exit_interrupted);
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

void interrupts_ask(bool ask)
{
    asks.store(ask);
}

InterruptsHeld::InterruptsHeld()
{
    const sigset_t set = both_signals();
    pthread_sigmask(SIG_BLOCK, &set, &m_before);
}

InterruptsHeld::~InterruptsHeld()
{
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

RemovedAtInterrupt::RemovedAtInterrupt(const std::string& folder)
{
    if (folder.size() >= PATH_MAX) return;
    for (int slot = 0; slot < slots; ++slot) {
        if (used[slot].load()) continue;
        std::memcpy(folders[slot], folder.c_str(), folder.size() + 1);
        used[slot].store(true);
        m_slot = slot;
        return;
    }
}

void RemovedAtInterrupt::publish_as(const std::string& target)
{
    if (m_slot < 0 || target.size() >= PATH_MAX) return;
    std::memcpy(targets[m_slot], target.c_str(), target.size() + 1);
    published[m_slot].store(true);
}

void RemovedAtInterrupt::withhold()
{
    if (m_slot >= 0) published[m_slot].store(false);
}

void RemovedAtInterrupt::forget()
{
    withhold();
    if (m_slot >= 0) used[m_slot].store(false);
    m_slot = -1;
}

}  // namespace imc::app
