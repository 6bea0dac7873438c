// SPDX-License-Identifier: Apache-2.0
/// The DMA engine: the accelerator's only way to memory. Its clients wait their turn; one transfer
/// at a time.
#pragma once

#include "accelerator/config.h"
#include "common/ledger.h"
#include "common/module/spawn.h"

#include <cstdint>
#include <vector>

#include <tlm_utils/tlm_quantumkeeper.h>
#include <systemc>
#include <tlm>

namespace imc::accelerator {

/// The outer socket as the engine sees it.
class DmaBus {
public:
    virtual ~DmaBus() = default;
    virtual void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) = 0;
    virtual bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) = 0;
};

/// Who asks, in the order in which requests of one instant are served.
enum class DmaClient : unsigned { completion = 0, command = 1, sink = 2, source = 3 };
constexpr unsigned dma_clients = 4;

/// `pieces` runs of `bytes` each, `stride` apart in memory, back to back at `data`.
struct Transfer {
    bool write = false;
    std::uint64_t address = 0;
    unsigned char* data = nullptr;
    std::uint64_t bytes = 0;
    std::uint64_t pieces = 1;
    std::uint64_t stride = 0;
};

enum class DmaResult { ok, refused, aborted };

/// Bursts are naturally aligned powers of two up to DmaConfig::burst_bytes; direct memory access is
/// used once the target has hinted it, at its latency a burst. A burst takes at least its bytes
/// over the port (as wide as the global buffer's).
class Dma : public sc_core::sc_module {
public:
    Dma(sc_core::sc_module_name name, const AcceleratorConfig& config, Ledger& ledger, DmaBus& bus);

    /// Moves the data and lets its time pass; called by SC_THREADs, one call at a time a client.
    DmaResult run(DmaClient client, const Transfer& transfer);
    /// The burst under way drains; everything else is dropped.
    void reset();
    void invalidate(std::uint64_t first, std::uint64_t last);

    std::uint64_t bytes_read() const { return m_bytes_read; }
    std::uint64_t bytes_written() const { return m_bytes_written; }
    void clear_counters() { m_bytes_read = m_bytes_written = 0; }

private:
    struct Request {
        DmaClient client;
        const Transfer* transfer;
    };
    struct Client {
        sc_core::sc_event done;
        DmaResult result = DmaResult::ok;
    };

    void serve();
    DmaResult perform(const Transfer& transfer);
    DmaResult move(bool write, std::uint64_t address, unsigned char* data, std::uint64_t bytes);
    std::uint64_t burst_at(std::uint64_t address, std::uint64_t bytes) const;
    bool burst(bool write, std::uint64_t address, unsigned char* data, std::uint64_t bytes,
               sc_core::sc_time& delay);
    bool direct(bool write, std::uint64_t address, unsigned char* data, std::uint64_t bytes,
                sc_core::sc_time& delay);
    void account(const Transfer& transfer, std::uint64_t start_ps);

    AcceleratorConfig m_config;
    Ledger& m_ledger;
    DmaBus& m_bus;
    ComponentId m_component;
    EventId m_byte;
    std::int64_t m_track = -1, m_rate_track = -1;
    std::vector<Request> m_requests;
    Client m_clients[dma_clients];
    sc_core::sc_event m_requested;
    tlm::tlm_generic_payload m_payload;
    tlm_utils::tlm_quantumkeeper m_keeper;
    std::vector<tlm::tlm_dmi> m_direct;
    std::uint64_t m_epoch = 0;
    std::uint64_t m_bytes_read = 0, m_bytes_written = 0;
};

}  // namespace imc::accelerator
