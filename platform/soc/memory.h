// SPDX-License-Identifier: Apache-2.0
/// Main memory: one channel with a latency and a bandwidth, energy per bit, and direct access for
/// CPUs.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

namespace imc::soc {

struct MemoryConfig {
    std::uint64_t bytes = 1ull << 30;
    sc_core::sc_time read_latency{50, sc_core::SC_NS};   ///< to the first byte
    sc_core::sc_time write_latency{20, sc_core::SC_NS};  ///< until the channel has taken it
    std::uint64_t bytes_per_second =
        12'800'000'000ull;         ///< one DDR4-1600 channel of 64 bits, JESD79-4
    double read_pj_per_bit = 0.0;  ///< from the technology file
    double write_pj_per_bit = 0.0;
};

/// Counts of what went over the socket. Debug transport and direct access are not counted here.
struct MemoryActivity {
    std::uint64_t reads = 0, writes = 0;
    std::uint64_t bytes_read = 0, bytes_written = 0;
    sc_core::sc_time busy;
};

/// A TLM-2.0 target whose address 0 is its first byte. Storage is zero and takes host memory only
/// where it is touched. The channel is held for length/bandwidth; a transaction that finds it busy
/// is delayed. Serves byte enables and streaming; an access beyond the end is an address error,
/// length 0 a burst error.
class Memory : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Memory> in{"in"};

    /// Throws InputError if the host has no room for `config.bytes`.
    Memory(const sc_core::sc_module_name& name, const MemoryConfig& config);
    ~Memory() override;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    std::uint64_t size() const { return m_config.bytes; }
    unsigned char* data() { return m_data; }
    const MemoryActivity& activity() const { return m_activity; }
    double energy_pj() const;

private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    tlm::tlm_response_status check(const tlm::tlm_generic_payload& payload) const;
    void copy(tlm::tlm_generic_payload& payload);
    void charge(const tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

    MemoryConfig m_config;
    unsigned char* m_data = nullptr;
    sc_core::sc_time m_free_at;
    MemoryActivity m_activity;
};

}  // namespace imc::soc
