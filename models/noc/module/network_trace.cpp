// SPDX-License-Identifier: Apache-2.0
/// What the network shows in traces: packets on links, their bandwidth, credits.
#include "noc/module/network.h"

#include "noc/cost/packet_cost.h"

namespace imc::noc {

std::uint32_t Network::link_track(std::uint32_t link)
{
    std::int64_t& track = m_link_tracks[link];
    if (track < 0)
        track = m_ledger.track(m_mesh.link_name(link), chip_track(m_mesh.chip_of_link(link)));
    return static_cast<std::uint32_t>(track);
}

std::int32_t Network::chip_track(unsigned chip)
{
    const unsigned chips = m_mesh.nodes().chips;
    if (m_group_tracks.empty()) m_group_tracks.resize(chips, -1);
    std::int32_t& group = m_group_tracks[chip];
    if (group < 0)
        group = static_cast<std::int32_t>(
            m_ledger.track(chips == 1 ? "NoC" : "NoC of chip " + std::to_string(chip)));
    return group;
}

/// Credits take no links: an instant, for their energy.
void Network::trace_credit(const Packet& packet, unsigned hops)
{
    Activity activity;
    activity.track =
        static_cast<std::uint32_t>(chip_track(m_mesh.nodes().chip_of(packet.header.source)));
    activity.component = m_component;
    activity.operation = "credit";
    activity.start_ps = packet.ready_ps;
    activity.energy_pj = hops * m_ledger.events()[m_flit_hop].energy_pj;
    activity.layer = packet.header.parked ? shared_layer : packet.header.layer;
    activity.image = packet.header.image;
    m_ledger.activity(activity);
}

void Network::trace_bandwidth(std::uint32_t link, const Packet& packet, std::uint64_t start,
                              std::uint64_t duration)
{
    std::int64_t& track = m_bandwidth_tracks[link];
    if (track < 0)
        track = m_ledger.counter_track("bandwidth", "GB/s",
                                       static_cast<std::int32_t>(link_track(link)));
    m_ledger.flow(static_cast<std::uint32_t>(track), start, duration, 1e-9 * packet.bytes);
}

void Network::trace_link(std::uint32_t link, const Packet& packet, std::uint64_t start,
                         std::uint64_t duration, bool is_last)
{
    Activity activity;
    activity.track = link_track(link);
    activity.component = m_mesh.is_chip_out(link) ? m_chip_component : m_component;
    activity.operation = packet.header.kind == Kind::weights ? "weights" : "packet";
    activity.start_ps = start;
    activity.duration_ps = duration;
    if (m_mesh.is_chip_out(link))
        activity.energy_pj = packet.bytes * m_ledger.events()[m_chip_byte].energy_pj;
    else if (!is_last)  // one hop for the router behind every link but the last, into the tile
        activity.energy_pj = static_cast<double>(packet_flits(m_config, packet.bytes)) *
                             m_ledger.events()[m_flit_hop].energy_pj;
    activity.layer = packet.header.parked ? shared_layer : packet.header.layer;
    activity.image = packet.header.image;
    m_ledger.activity(activity);
}

}  // namespace imc::noc
