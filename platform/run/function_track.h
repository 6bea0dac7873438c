// SPDX-License-Identifier: Apache-2.0
/// The host CPU's functions as nested slices of one track of the trace.
#pragma once

#include "common/ledger.h"
#include "host/common/function_sink.h"

#include <optional>
#include <set>
#include <string>

namespace imc::run {

class FunctionTrack : public host::FunctionSink {
public:
    explicit FunctionTrack(Ledger& ledger);

    void enter(const std::string& function, std::uint64_t time_ps) override;
    void leave(std::uint64_t time_ps) override;

private:
    Ledger& m_ledger;
    std::optional<ComponentId> m_component;
    std::uint32_t m_track;
    std::set<std::string> m_names;  ///< activities hold pointers to them
};

}  // namespace imc::run
