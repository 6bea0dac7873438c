// SPDX-License-Identifier: Apache-2.0
#include "noc/module/network.h"

#include "common/module/sim_time.h"
#include "common/module/spawn.h"
#include "noc/cost/packet_cost.h"

#include <algorithm>
#include <cstring>

namespace imc::noc {

Network::Network(sc_core::sc_module_name name, const Config& config, const NodeMap& nodes,
                 const Energies& energies, Ledger& ledger)
    : sc_module(name),
      in("in", nodes.nodes()),
      out("out", nodes.nodes()),
      m_config(config),
      m_mesh(nodes, config.concentration),
      m_ledger(ledger),
      m_component(ledger.component(
          "noc", "noc", energies.router_area_mm2 * m_mesh.routers_per_chip() * nodes.chips,
          energies.router_leakage_w * m_mesh.routers_per_chip() * nodes.chips)),
      m_chip_component(nodes.chips > 1 ? ledger.component("noc.chip_link", "noc",
                                                          energies.chip_link_area_mm2 * nodes.chips)
                                       : m_component),
      m_flit_hop(ledger.event(m_component, "flit_hop", energies.flit_hop_pj)),
      m_chip_byte(nodes.chips > 1
                      ? ledger.event(m_chip_component, "byte", energies.chip_link_byte_pj)
                      : m_flit_hop),
      m_bytes_sent(ledger.observation(m_component, "bytes")),
      m_chip_bytes(ledger.observation(m_chip_component, "bytes")),
      m_waited_ps(ledger.observation(m_component, "stall_ps")),
      m_hop_ps(cycles_ps(config, config.hop_cycles)),
      m_chip_latency_ps(static_cast<std::uint64_t>(config.chip_link_latency_ns * 1000.0)),
      m_links(m_mesh.links()),
      m_link_tracks(m_mesh.links(), -1),
      m_bandwidth_tracks(m_mesh.links(), -1)
{
    for (unsigned node = 0; node < nodes.nodes(); ++node)
        in[node].register_b_transport(this, &Network::b_transport, static_cast<int>(node));
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&m_grant_event);
    sc_core::sc_spawn([this] { grant(); }, "grant", &method);
    sc_core::sc_spawn([this] { deliver(); }, "deliver");
}

void Network::b_transport(int node, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    const auto* header = payload.get_extension<PacketHeader>();
    if (!payload.is_write()) {
        payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    } else if (header == nullptr || header->source != static_cast<std::uint32_t>(node)) {
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    } else if (!is_reachable(*header)) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else {
        accept(*header, payload, now_ps() + to_ps(delay));
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
}

bool Network::is_reachable(const PacketHeader& header) const
{
    const auto is_there = [this](unsigned node) {
        return node < m_mesh.nodes().nodes() && out[node].size() != 0;
    };
    if (!header.targets) return is_there(header.destination);
    return std::all_of(header.targets->begin(), header.targets->end(),
                       [&](const Target& target) { return is_there(target.node); });
}

Network::Packet* Network::take()
{
    if (m_free.empty()) {
        m_pool.push_back(std::make_unique<Packet>());
        return m_pool.back().get();
    }
    Packet* packet = m_free.back();
    m_free.pop_back();
    return packet;
}

void Network::accept(const PacketHeader& header, const tlm::tlm_generic_payload& payload,
                     std::uint64_t ready_ps)
{
    Packet* packet = take();
    packet->header = header;
    packet->bytes = payload.get_data_length();
    packet->ready_ps = ready_ps;
    packet->sequence = m_sequence++;
    unsigned char* data = payload.get_data_ptr();
    if (header.keep == nullptr && header.data_bytes != 0) {
        packet->copy.assign(data, data + header.data_bytes);
        data = packet->copy.data();
    }
    packet->payload.set_data_ptr(data);
    m_requests.push_back(packet);
    if (m_requests.size() == 1) m_grant_event.notify(sc_core::SC_ZERO_TIME);
}

void Network::grant()
{
    std::sort(m_requests.begin(), m_requests.end(), [](const Packet* a, const Packet* b) {
        if (a->header.priority != b->header.priority)
            return a->header.priority < b->header.priority;
        if (a->header.source != b->header.source) return a->header.source < b->header.source;
        return a->sequence < b->sequence;
    });
    for (Packet* packet : m_requests)
        grant_one(*packet);
    m_requests.clear();
}

void Network::grant_one(Packet& packet)
{
    const Kind kind = packet.header.kind;
    if (kind == Kind::credit || kind == Kind::fetched || kind == Kind::arrived)
        return send_credit(packet);
    const std::uint64_t flits = packet_flits(m_config, packet.bytes);
    if (packet.header.targets) return grant_copies(packet, flits);
    m_mesh.route(packet.header.source, packet.header.destination, m_path);
    if (m_path.links.empty()) return schedule(&packet, packet.ready_ps);
    m_ledger.count(packet.header.layer, m_flit_hop, flits * m_path.routers);
    m_ledger.busy(packet.header.layer, m_component, cycles_ps(m_config, flits));
    m_ledger.observe(packet.header.layer, m_bytes_sent, packet.bytes);
    if (m_path.crosses_chips) {
        m_ledger.count(packet.header.layer, m_chip_byte, packet.bytes);
        m_ledger.observe(packet.header.layer, m_chip_bytes, packet.bytes);
    }
    schedule(&packet, reserve_path(packet, flits));
}

/// Reserves every link of m_path and returns the arrival of the tail.
std::uint64_t Network::reserve_path(const Packet& packet, std::uint64_t flits)
{
    Passage passage{packet.ready_ps, 0, packet.ready_ps, 0};
    for (const std::uint32_t link : m_path.links)
        passage = reserve_link(packet, link, flits, passage);
    m_ledger.observe(packet.header.layer, m_waited_ps, passage.waited_ps());
    return passage.tail_ps;
}

Network::Passage Network::reserve_link(const Packet& packet, std::uint32_t link,
                                       std::uint64_t flits, Passage before)
{
    const std::uint64_t mesh_ps = cycles_ps(m_config, flits);
    const std::uint64_t duration = m_mesh.is_chip_link(link)
                                       ? std::max(mesh_ps, chip_link_ps(m_config, packet.bytes))
                                       : mesh_ps;
    const std::uint64_t latency = m_mesh.is_chip_out(link) ? m_chip_latency_ps : m_hop_ps;
    m_links[link].forget(now_ps());
    const std::uint64_t start = m_links[link].reserve(before.head_ps, duration);
    if (m_ledger.traced()) trace_link(link, packet, start, duration, link == m_path.links.back());
    if (m_ledger.counted()) trace_bandwidth(link, packet, start, duration);
    return {start + latency, std::max(before.tail_ps, start + duration) + latency,
            before.free_head_ps + latency,
            std::max(before.free_tail_ps, before.free_head_ps + duration) + latency};
}

/// XY ways from one node form a tree: a link that an earlier copy took is taken already.
void Network::grant_copies(Packet& packet, std::uint64_t flits)
{
    std::map<std::uint32_t, Passage> taken;
    std::uint64_t routers = 0, crossings = 0, waited_ps = 0;
    const auto targets = std::move(packet.header.targets);
    for (const Target& target : *targets) {
        m_mesh.route(packet.header.source, target.node, m_path);
        Passage passage{packet.ready_ps, packet.ready_ps, packet.ready_ps, packet.ready_ps};
        for (const std::uint32_t link : m_path.links) {
            const auto found = taken.find(link);
            if (found == taken.end()) {
                passage = reserve_link(packet, link, flits, passage);
                taken[link] = passage;
                routers += link != m_path.links.back() && !m_mesh.is_chip_out(link);
                crossings += m_mesh.is_chip_out(link);
            } else {
                passage = found->second;
            }
        }
        Packet* copy = take();
        copy->header = packet.header;
        copy->header.destination = target.node;
        copy->header.stage = target.stage;
        copy->bytes = packet.bytes;
        copy->sequence = m_sequence++;
        copy->payload.set_data_ptr(reinterpret_cast<unsigned char*>(&copy->header.status));
        waited_ps = std::max(waited_ps, passage.waited_ps());
        schedule(copy, passage.tail_ps);
    }
    m_ledger.count(packet.header.layer, m_flit_hop, flits * routers);
    if (routers != 0) m_ledger.busy(packet.header.layer, m_component, cycles_ps(m_config, flits));
    if (crossings != 0) {
        m_ledger.count(packet.header.layer, m_chip_byte, packet.bytes * crossings);
        m_ledger.observe(packet.header.layer, m_chip_bytes, packet.bytes * crossings);
    }
    if (!taken.empty()) m_ledger.observe(packet.header.layer, m_bytes_sent, packet.bytes);
    m_ledger.observe(packet.header.layer, m_waited_ps, waited_ps);
    give(&packet);
}

void Network::send_credit(Packet& packet)
{
    const unsigned hops = m_mesh.hops(packet.header.source, packet.header.destination);
    m_ledger.count(packet.header.layer, m_flit_hop, hops);
    if (m_ledger.traced()) trace_credit(packet, hops);
    const bool crosses = m_mesh.nodes().chip_of(packet.header.source) !=
                         m_mesh.nodes().chip_of(packet.header.destination);
    schedule(&packet, packet.ready_ps + hops * m_hop_ps + (crosses ? m_chip_latency_ps : 0));
}

void Network::schedule(Packet* packet, std::uint64_t time_ps)
{
    const bool first = m_arrivals.empty() || time_ps < m_arrivals.top().time_ps;
    m_arrivals.push({time_ps, packet->sequence, packet});
    if (first) m_arrival_event.notify(from_ps(time_ps - now_ps()));
}

void Network::deliver()
{
    for (;;) {
        while (!m_arrivals.empty() && m_arrivals.top().time_ps <= now_ps()) {
            Packet* packet = m_arrivals.top().packet;
            m_arrivals.pop();
            hand_over(*packet);
            packet->header.keep.reset();
            give(packet);
        }
        if (!m_arrivals.empty())
            m_arrival_event.notify(from_ps(m_arrivals.top().time_ps - now_ps()));
        sc_core::wait(m_arrival_event);
    }
}

void Network::hand_over(Packet& packet)
{
    auto& payload = packet.payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_data_length(packet.bytes);
    payload.set_streaming_width(packet.bytes);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.set_extension(&packet.header);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    out[packet.header.destination]->b_transport(payload, delay);
    payload.clear_extension(&packet.header);
    const Kind kind = packet.header.kind;
    if (kind != Kind::credit && kind != Kind::fetched && kind != Kind::arrived) {
        ++m_delivered;
        m_bytes += packet.bytes;
    }
    if (packet.header.acknowledge) acknowledge(packet.header);
}

void Network::acknowledge(const PacketHeader& header)
{
    Packet* packet = take();
    packet->header = header;
    packet->header.kind = Kind::arrived;
    packet->header.acknowledge = false;
    packet->header.keep.reset();
    std::swap(packet->header.source, packet->header.destination);
    std::swap(packet->header.stage, packet->header.producer);
    packet->bytes = sizeof packet->header.status;
    packet->ready_ps = now_ps();
    packet->sequence = m_sequence++;
    packet->payload.set_data_ptr(reinterpret_cast<unsigned char*>(&packet->header.status));
    send_credit(*packet);
}

void Network::reset()
{
    for (Packet* packet : m_requests)
        give(packet);
    m_requests.clear();
    for (; !m_arrivals.empty(); m_arrivals.pop())
        give(m_arrivals.top().packet);
    for (auto& packet : m_pool)
        packet->header.keep.reset();
    for (auto& link : m_links)
        link.clear();
}

std::vector<LinkUse> Network::link_use() const
{
    std::vector<LinkUse> use;
    for (std::uint32_t link = 0; link < m_links.size(); ++link)
        if (m_links[link].grants() != 0)
            use.push_back({"chip " + std::to_string(m_mesh.chip_of_link(link)) + ": " +
                               m_mesh.link_name(link),
                           m_links[link].busy_ps(), m_links[link].grants()});
    return use;
}

}  // namespace imc::noc
