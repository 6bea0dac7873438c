// SPDX-License-Identifier: Apache-2.0
/// Who wants to see which function the host CPU is in (a trace's function track).
#pragma once

#include <cstdint>
#include <string>

namespace imc::host {

/// Calls nest: every enter() has its leave(), times never go back. Sleep is the function `wfi`.
class FunctionSink {
public:
    virtual ~FunctionSink() = default;
    virtual void enter(const std::string& function, std::uint64_t time_ps) = 0;
    virtual void leave(std::uint64_t time_ps) = 0;
};

}  // namespace imc::host
