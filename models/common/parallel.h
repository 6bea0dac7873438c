// SPDX-License-Identifier: Apache-2.0
/// Independent pieces of work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace imc {

/// Calls work(i) for i in [0, count), spread over `threads` (0 = one a core). The first exception
/// is thrown again in the caller. Results must not depend on the order: who writes what is decided
/// by i alone.
template <typename Work>
void parallel_for(std::size_t count, unsigned threads, const Work& work)
{
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto loop = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++)
                work(i);
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!failure) failure = std::current_exception();
            next = count;
        }
    };
    std::vector<std::thread> helpers;
    for (unsigned t = 1; t < std::min<std::size_t>(threads, count); ++t)
        helpers.emplace_back(loop);
    loop();
    for (auto& helper : helpers)
        helper.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace imc
