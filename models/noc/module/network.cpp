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
      m_hop_ps(cycles_ps(config, config.hop_cycles)),
      m_chip_latency_ps(static_cast<std::uint64_t>(config.chip_link_latency_ns * 1000.0)),
      m_links(m_mesh.links()),
      m_link_tracks(m_mesh.links(), -1)
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
    } else if (header->destination >= m_mesh.nodes().nodes() ||
               out[header->destination].size() == 0) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else {
        accept(*header, payload, now_ps() + to_ps(delay));
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
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
    if (kind == Kind::credit || kind == Kind::arrived) return send_credit(packet);
    const std::uint64_t flits = packet_flits(m_config, packet.bytes);
    m_mesh.route(packet.header.source, packet.header.destination, m_path);
    if (m_path.links.empty()) return schedule(&packet, packet.ready_ps);
    m_ledger.count(packet.header.layer, m_flit_hop, flits * m_path.routers);
    m_ledger.busy(packet.header.layer, m_component, cycles_ps(m_config, flits));
    if (m_path.crosses_chips) m_ledger.count(packet.header.layer, m_chip_byte, packet.bytes);
    schedule(&packet, reserve_path(packet, flits));
}

/// Reserves every link of m_path and returns the arrival of the tail.
std::uint64_t Network::reserve_path(const Packet& packet, std::uint64_t flits)
{
    const std::uint64_t now = now_ps();
    const std::uint64_t mesh_ps = cycles_ps(m_config, flits);
    std::uint64_t head = packet.ready_ps, tail = 0;
    for (const std::uint32_t link : m_path.links) {
        const std::uint64_t duration = m_mesh.is_chip_link(link)
                                           ? std::max(mesh_ps, chip_link_ps(m_config, packet.bytes))
                                           : mesh_ps;
        const std::uint64_t latency = m_mesh.is_chip_out(link) ? m_chip_latency_ps : m_hop_ps;
        m_links[link].forget(now);
        const std::uint64_t start = m_links[link].reserve(head, duration);
        head = start + latency;
        tail = std::max(tail, start + duration) + latency;
        if (m_ledger.traced())
            trace_link(link, packet, start, duration, link == m_path.links.front());
    }
    return tail;
}

void Network::send_credit(Packet& packet)
{
    const unsigned hops = m_mesh.hops(packet.header.source, packet.header.destination);
    m_ledger.count(packet.header.layer, m_flit_hop, hops);
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
    if (packet.header.kind != Kind::credit && packet.header.kind != Kind::arrived) {
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

std::uint32_t Network::link_track(std::uint32_t link)
{
    std::int64_t& track = m_link_tracks[link];
    if (track >= 0) return static_cast<std::uint32_t>(track);
    const unsigned chips = m_mesh.nodes().chips, chip = m_mesh.chip_of_link(link);
    if (m_group_tracks.empty()) m_group_tracks.resize(chips, -1);
    std::int32_t& group = m_group_tracks[chip];
    if (group < 0)
        group = static_cast<std::int32_t>(
            m_ledger.track(chips == 1 ? "NoC" : "NoC of chip " + std::to_string(chip)));
    track = m_ledger.track(m_mesh.link_name(link), group);
    return static_cast<std::uint32_t>(track);
}

void Network::trace_link(std::uint32_t link, const Packet& packet, std::uint64_t start,
                         std::uint64_t duration, bool is_injection)
{
    Activity activity;
    activity.track = link_track(link);
    activity.component = m_mesh.is_chip_out(link) ? m_chip_component : m_component;
    activity.operation = packet.header.kind == Kind::weights ? "weights" : "packet";
    activity.start_ps = start;
    activity.duration_ps = duration;
    if (m_mesh.is_chip_out(link))
        activity.energy_pj = packet.bytes * m_ledger.events()[m_chip_byte].energy_pj;
    else if (!is_injection)  // one hop for the router behind every other link
        activity.energy_pj = static_cast<double>(packet_flits(m_config, packet.bytes)) *
                             m_ledger.events()[m_flit_hop].energy_pj;
    activity.layer = packet.header.parked ? shared_layer : packet.header.layer;
    activity.image = packet.header.image;
    m_ledger.activity(activity);
}

}  // namespace imc::noc
