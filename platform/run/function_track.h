// SPDX-License-Identifier: Apache-2.0
/// The host CPU's functions as tracks of the trace, one a depth of calls.
#pragma once

#include "common/ledger.h"
#include "host/common/function_sink.h"

#include <set>
#include <string>
#include <vector>

namespace imc::run {

class FunctionTrack : public host::FunctionSink {
public:
    static constexpr std::size_t max_depth = 16;  ///< deeper calls are not shown

    explicit FunctionTrack(Ledger& ledger);

    void enter(const std::string& function, std::uint64_t time_ps) override;
    void leave(std::uint64_t time_ps) override;

private:
    struct Open {
        const char* name;
        std::uint64_t start_ps;
    };

    Ledger& m_ledger;
    ComponentId m_component;
    std::set<std::string> m_names;  ///< activities hold pointers to them
    std::vector<Open> m_open;
    std::vector<std::uint32_t> m_tracks;
};

}  // namespace imc::run
