// SPDX-License-Identifier: Apache-2.0
/// The SoC's interconnect: address decoding, latency and arbitration for loosely timed
/// transactions.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "soc/clock.h"

namespace imc::soc {

struct BusConfig {
    std::uint64_t clock_hz = 1'000'000'000;
    unsigned width_bytes = 16;    ///< data path: bytes a cycle
    unsigned latency_cycles = 4;  ///< request through to the target, response back included
    double pj_per_byte = 0.0;     ///< from the technology file
};

/// Counts of one port of the bus.
struct BusActivity {
    std::uint64_t transactions = 0, errors = 0;
    std::uint64_t bytes_read = 0, bytes_written = 0;
    sc_core::sc_time busy;    ///< data path held
    sc_core::sc_time waited;  ///< for another initiator to leave it
};

/// A crossbar: every target has a data path of its own, held for ceil(length / width) cycles. An
/// initiator that is ahead in its local time waits until that time is now; requests of one instant
/// are collected for one delta and granted by (priority, initiator number, sequence), so that no
/// process order shows. An initiator waits for its grant before the target sees the transaction;
/// latency and the longer of the target's own delay and the data path's cycles come back as
/// annotated time. Targets see the offset in their window; the address is restored. No target at an
/// address: ADDRESS_ERROR. Debug transport and direct access pass through; direct access only for
/// initiators that were added with it.
class Bus : public sc_core::sc_module {
public:
    using Snoop = std::function<void(std::uint64_t address, std::uint64_t bytes)>;

    tlm_utils::multi_passthrough_target_socket<Bus, 32, tlm::tlm_base_protocol_types, 0,
                                               sc_core::SC_ZERO_OR_MORE_BOUND>
        in{"in"};
    tlm_utils::multi_passthrough_initiator_socket<Bus, 32, tlm::tlm_base_protocol_types, 0,
                                                  sc_core::SC_ZERO_OR_MORE_BOUND>
        out{"out"};

    Bus(const sc_core::sc_module_name& name, const BusConfig& config);

    /// Binds one more initiator and returns its number. Lower `priority` wins. `direct_access`: it
    /// may have DMI (a CPU); without, its traffic is always seen and charged (a DMA engine).
    template <typename Socket>
    unsigned add_initiator(const std::string& name, unsigned priority, bool direct_access,
                           Socket& initiator)
    {
        initiator.bind(in);
        m_initiators.push_back({name, priority, direct_access, {}});
        return static_cast<unsigned>(m_initiators.size() - 1);
    }

    /// Binds `target` at [base, base + size). Throws InputError if the range overlaps another
    /// target.
    template <typename Socket>
    void add_target(const std::string& name, std::uint64_t base, std::uint64_t size, Socket& target)
    {
        claim_range(name, base, size);
        out.bind(target);
    }

    /// `snoop` hears of every write that another initiator than number `own` completes: CPUs drop
    /// translated code.
    void add_snoop(unsigned own, Snoop snoop);

    std::size_t initiators() const { return m_initiators.size(); }
    std::size_t targets() const { return m_targets.size(); }
    const std::string& initiator_name(std::size_t i) const { return m_initiators[i].name; }
    const std::string& target_name(std::size_t i) const { return m_targets[i].name; }
    const BusActivity& initiator_activity(std::size_t i) const { return m_initiators[i].activity; }
    const BusActivity& target_activity(std::size_t i) const { return m_targets[i].activity; }
    double energy_pj() const;

private:
    struct Initiator {
        std::string name;
        unsigned priority = 0;
        bool direct_access = false;
        BusActivity activity;
    };
    /// A request that waits for a grant.
    struct Ticket {
        unsigned priority, initiator;
        std::uint64_t sequence, delta;
        sc_core::sc_time hold, start;
        bool granted = false;
        bool operator<(const Ticket& other) const;
    };
    struct Target {
        std::string name;
        std::uint64_t base = 0, size = 0;
        sc_core::sc_time free_at;
        std::vector<Ticket*> waiting;
        BusActivity activity;
    };
    struct Listener {
        unsigned own;
        Snoop snoop;
    };

    void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void invalidate(int target, sc_dt::uint64 first, sc_dt::uint64 last);

    void claim_range(const std::string& name, std::uint64_t base, std::uint64_t size);
    int decode(std::uint64_t address, std::uint64_t length) const;
    sc_core::sc_time acquire(unsigned number, Target& target, std::uint64_t length);
    void grant(Target& target);
    static void count(BusActivity& activity, const tlm::tlm_generic_payload& payload);

    BusConfig m_config;
    Clock m_clock;
    std::uint64_t m_sequence = 0;
    std::vector<Initiator> m_initiators;  ///< in the order of their binding, as `in` numbers them
    std::vector<Target> m_targets;        ///< in the order of `out`
    std::vector<Listener> m_listeners;
};

}  // namespace imc::soc
