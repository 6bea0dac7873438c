// SPDX-License-Identifier: Apache-2.0
/// The network on chip as a module: packets in by b_transport, out by b_transport at the time of
/// their arrival.
#pragma once

#include "common/ledger.h"
#include "noc/config.h"
#include "noc/cost/link_schedule.h"
#include "noc/kernel/mesh.h"
#include "noc/module/packet.h"

#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace imc::noc {

/// Energies of the network, pJ.
struct Energies {
    double flit_hop_pj = 0.0;        ///< one flit through one router and its link
    double chip_link_byte_pj = 0.0;  ///< one byte from chip to chip
    double router_area_mm2 = 0.0, router_leakage_w = 0.0;
    double chip_link_area_mm2 = 0.0;  ///< of all links of one chip; only with several chips
};

/// What a link did, for reports.
struct LinkUse {
    std::string name;
    std::uint64_t busy_ps = 0;
    std::uint64_t packets = 0;
};

/// Posted writes: a call returns at once, the packet is granted its links one delta later, in the
/// order (priority, source node, call), each link from the earliest gap on (virtual cut-through:
/// credits guarantee the slot at the destination, so routers only ever hold packets that move).
/// A packet with several targets takes every link of the tree of their ways once, and is copied
/// where they part; each copy arrives in its own time. Credits take hops x hop time and no link. A
/// caller with local time ahead (delay > 0) is served from that time on. Answers: TLM_GENERIC_ERROR
/// without a PacketHeader, TLM_ADDRESS_ERROR for a node that is not there, TLM_COMMAND_ERROR for
/// reads.
class Network : public sc_core::sc_module {
public:
    using InSocket = tlm_utils::simple_target_socket_tagged_optional<Network>;
    using OutSocket = tlm_utils::simple_initiator_socket_tagged_optional<Network>;
    sc_core::sc_vector<InSocket> in;    ///< from node n
    sc_core::sc_vector<OutSocket> out;  ///< to node n

    Network(sc_core::sc_module_name name, const Config& config, const NodeMap& nodes,
            const Energies& energies, Ledger& ledger);

    /// Drops what is under way and frees all links.
    void reset();

    const Mesh& mesh() const { return m_mesh; }
    std::uint64_t packets_delivered() const { return m_delivered; }
    std::uint64_t bytes_delivered() const { return m_bytes; }
    bool idle() const { return m_requests.empty() && m_arrivals.empty(); }
    /// Links that carried something.
    std::vector<LinkUse> link_use() const;

private:
    struct Packet {
        PacketHeader header;
        tlm::tlm_generic_payload payload;
        std::vector<unsigned char> copy;
        unsigned bytes = 0;
        std::uint64_t ready_ps = 0;
        std::uint64_t sequence = 0;
    };
    struct Arrival {
        std::uint64_t time_ps, sequence;
        Packet* packet;
        bool operator>(const Arrival& o) const
        {
            return time_ps != o.time_ps ? time_ps > o.time_ps : sequence > o.sequence;
        }
    };

    void b_transport(int node, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    bool is_reachable(const PacketHeader& header) const;
    Packet* take();
    void give(Packet* packet) { m_free.push_back(packet); }
    void accept(const PacketHeader& header, const tlm::tlm_generic_payload& payload,
                std::uint64_t ready_ps);
    void grant();
    void grant_one(Packet& packet);
    /// When head and tail of a packet have passed a link.
    /// Head and tail of a packet behind a link, and where they were had no other packet been there.
    struct Passage {
        std::uint64_t head_ps = 0, tail_ps = 0, free_head_ps = 0, free_tail_ps = 0;
        std::uint64_t waited_ps() const { return tail_ps - free_tail_ps; }
    };
    std::uint64_t reserve_path(const Packet& packet, std::uint64_t flits);
    Passage reserve_link(const Packet& packet, std::uint32_t link, std::uint64_t flits,
                         Passage before);
    void grant_copies(Packet& packet, std::uint64_t flits);
    void send_credit(Packet& packet);
    void schedule(Packet* packet, std::uint64_t time_ps);
    void deliver();
    void hand_over(Packet& packet);
    void acknowledge(const PacketHeader& header);
    void trace_link(std::uint32_t link, const Packet& packet, std::uint64_t start,
                    std::uint64_t duration, bool is_last);
    void trace_bandwidth(std::uint32_t link, const Packet& packet, std::uint64_t start,
                         std::uint64_t duration);
    std::int32_t chip_track(unsigned chip);
    void trace_credit(const Packet& packet, unsigned hops);
    std::uint32_t link_track(std::uint32_t link);

    Config m_config;
    Mesh m_mesh;
    Ledger& m_ledger;
    ComponentId m_component, m_chip_component;
    EventId m_flit_hop, m_chip_byte;
    ObservationId m_bytes_sent;  ///< payload of packets that take links
    ObservationId m_chip_bytes;  ///< of them, what crosses from chip to chip
    ObservationId m_waited_ps;   ///< for links that carried others
    std::uint64_t m_hop_ps;
    std::uint64_t m_chip_latency_ps;
    std::vector<LinkSchedule> m_links;
    std::vector<std::int64_t>
        m_link_tracks;  ///< -1 until the link carries something in a traced run
    std::vector<std::int64_t> m_bandwidth_tracks;  ///< likewise, with counters
    std::vector<std::int32_t> m_group_tracks;      ///< by chip: what its links are shown under
    Path m_path;
    std::vector<std::unique_ptr<Packet>> m_pool;
    std::vector<Packet*> m_free;
    std::vector<Packet*> m_requests;
    std::priority_queue<Arrival, std::vector<Arrival>, std::greater<Arrival>> m_arrivals;
    std::uint64_t m_sequence = 0;
    std::uint64_t m_delivered = 0, m_bytes = 0;
    sc_core::sc_event m_grant_event, m_arrival_event;
};

}  // namespace imc::noc
