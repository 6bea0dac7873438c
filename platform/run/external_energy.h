// SPDX-License-Identifier: Apache-2.0
/// Energy outside the accelerator: main memory and host CPU, apart for weight upload and inference.
#pragma once

#include "common/ledger.h"
#include "common/technology.h"
#include "host/common/host.h"
#include "soc/soc.h"

#include <cstdint>

namespace imc::run {

/// Watches the ledger's phase through the activity stream and books what memory and CPU did in
/// each.
class ExternalEnergy : public ActivitySink {
public:
    /// Technology keys: `dram.read_bit_pj`, `dram.write_bit_pj`, `host.instruction_pj`.
    ExternalEnergy(Ledger& ledger, const Technology& technology, const soc::Soc& soc,
                   const host::Host& cpu);

    void on_activity(const Activity& activity) override;
    void on_counter(std::uint32_t, std::uint64_t, double) override {}
    /// `n` instructions of inference belong to `layer`.
    void count_instructions(LayerId layer, std::uint64_t n);
    /// Books the whole run; once, after it.
    void close();

private:
    struct Seen {
        std::uint64_t read = 0, written = 0, instructions = 0;
    };
    Seen now() const;
    void book(Phase phase, const Seen& from, const Seen& to);

    Ledger& m_ledger;
    const soc::Soc& m_soc;
    const host::Host& m_cpu;
    EventId m_read = 0, m_write = 0, m_instruction = 0;
    bool m_inference = false;
    Seen m_setup_end;
    std::uint64_t m_of_layers = 0;  ///< instructions booked to layers already
};

}  // namespace imc::run
