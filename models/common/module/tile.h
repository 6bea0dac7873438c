// SPDX-License-Identifier: Apache-2.0
/// Base of all tiles: the ports to the network, the buffer's rings, the stages and their shared
/// units. An engine plugs in by make_engine().
#pragma once

#include "common/ledger.h"
#include "common/module/tile_stage.h"
#include "common/stage_engine.h"
#include "noc/cost/link_schedule.h"
#include "noc/module/packet.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace imc {

/// The tile's buffer as the network fills it: bits written are charged to the receiving stage's
/// layer.
struct TileBufferCost {
    ComponentId component = 0;
    EventId write_bit = 0;
};

/// Packets in at `from_noc` (kinds config, weights, gate, data, psum, credit, arrived), out at
/// `to_noc`. A packet that breaks the credit rule or names no stage here is answered by
/// TLM_GENERIC_ERROR_RESPONSE and reported to the I/O node.
class Tile : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Tile> from_noc{"from_noc"};
    tlm_utils::simple_initiator_socket<Tile> to_noc{"to_noc"};

    /// `node` is the tile's number on the network.
    Tile(sc_core::sc_module_name name, unsigned node, unsigned io_node, Ledger& ledger,
         TileBufferCost buffer);
    ~Tile() override = default;

    /// Clears rows, tokens and credits of all stages; configurations and weights stay.
    void reset();
    /// Gives all stages up: the program has changed.
    void retire_stages();

    unsigned node() const { return m_node; }
    std::vector<const TileStage*> stages() const;
    bool busy() const;

protected:
    /// Makes the engine of a stage. Throws InputError if the tile has no means for it.
    virtual std::unique_ptr<StageEngine> make_engine(const imc_stage& stage) = 0;
    /// Declares a unit that all stages of the tile share: its segments are run one at a time, gaps
    /// are filled.
    void share(ComponentId component);
    /// Name in traces instead of "tile N".
    void show_as(const std::string& name) { m_shown_as = name; }
    Ledger& ledger() { return m_ledger; }

private:
    friend class TileStage;

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    bool receive(const noc::PacketHeader& header, tlm::tlm_generic_payload& payload);
    TileStage* find(std::uint16_t stage);
    void configure(const noc::PacketHeader& header);
    void run_stage(std::size_t index);
    /// Posts a packet; `bytes` on the link, `data` stays valid as long as header.keep.
    void send(noc::PacketHeader& header, const void* data, unsigned bytes);
    /// Waits one delta for requests of the same instant, then reserves the shared units for `work`;
    /// its duration and segments grow by the waiting. Requests are served in the order of stage
    /// numbers.
    void reserve_shared(Work& work, std::uint16_t stage);
    void grant_shared();
    void stretch(Work& work, std::uint64_t start_ps);
    bool is_shared(ComponentId component) const;
    std::uint32_t trace_track();

    unsigned m_node, m_io_node;
    Ledger& m_ledger;
    TileBufferCost m_buffer;
    std::vector<std::unique_ptr<TileStage>>
        m_stages;  ///< kept for reuse: processes wait on their events
    std::vector<TileStage*> m_by_id;
    sc_core::sc_event m_configured;
    struct SharedUnit {
        ComponentId component;
        noc::LinkSchedule schedule;
    };
    std::vector<SharedUnit> m_shared;
    struct SharedRequest {
        std::uint16_t stage;
        Work* work;
    };
    std::vector<SharedRequest> m_shared_requests;
    sc_core::sc_event m_grant_event, m_granted_event;
    tlm::tlm_generic_payload m_payload;
    std::int64_t m_track = -1;
    std::string m_shown_as;
};

}  // namespace imc
