// SPDX-License-Identifier: Apache-2.0
/// Units whose operands come over the network in pieces: the owner of a table sends one piece ahead
/// of its own steps, the stages that share it wait with a step until its pieces are here
/// (docs/seams.md, "Operands").
#include "common/module/sim_time.h"
#include "common/module/tile.h"

#include <algorithm>

namespace imc {

namespace {

/// Part `index` of `total` cut into `parts`: all parts add up to it exactly.
std::uint64_t part_of(std::uint64_t total, std::uint64_t index, std::uint64_t parts)
{
    return total / parts + (total % parts * (index + 1) / parts - total % parts * index / parts);
}

/// Pieces that a stream's steps up to and with `step` need.
std::uint64_t pieces_for(const OperandStream& stream, std::uint64_t step)
{
    const std::uint64_t done =
        std::min((step / stream.together + 1) * stream.together, stream.steps);
    return (done * stream.pieces + stream.steps - 1) / stream.steps;
}

}  // namespace

void TileStage::on_operands()
{
    ++m_pieces_here;
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

void TileStage::on_fetched()
{
    if (m_awaited_sharers != 0 && --m_awaited_sharers == 0) m_wake.notify(sc_core::SC_ZERO_TIME);
}

/// The steps one after the other, then what follows them; leaves the segments in m_work as they
/// came, and its whole duration.
void TileStage::run_stream()
{
    const OperandStream stream = m_work.stream;
    const auto begin = m_work.segments.begin();
    const std::vector<Segment> stepped(begin, begin + static_cast<std::ptrdiff_t>(stream.segments));
    const std::vector<Segment> rest(begin + static_cast<std::ptrdiff_t>(stream.segments),
                                    m_work.segments.end());
    StreamTimes times{now_ps(), 0, 0};
    std::vector<Segment> done;
    m_pieces_sent = 0;
    if (!m_setup->sharers.empty()) wait_for_sharers(times);
    for (std::uint64_t step = 0; step < stream.steps; ++step) {
        send_operands(pieces_for(stream, step + 1));
        run_step(step, stepped, times, done);
    }
    if (m_setup->shares_tables) {
        m_pieces_used += stream.pieces;
        noc::PacketHeader header;
        header.kind = noc::Kind::fetched;
        header.destination = m_setup->owner.node;
        header.stage = m_setup->owner.stage;
        header.producer = m_setup->stage.id;
        header.layer = m_setup->stage.layer;
        m_tile.send(header, nullptr, sizeof header.route);
    }
    m_stats.stall_operand_ps += times.stall_ps;
    m_tile.m_ledger.observe_slowest(m_setup->stage.layer, stream.component, m_image_id,
                                    now_ps() - times.asked_ps,
                                    {{"steps_ps", now_ps() - times.asked_ps},
                                     {"unstalled_ps", times.unstalled_ps},
                                     {"stall_ps", times.stall_ps}});
    pass(rest, times, done);
    m_work.segments = std::move(done);
    m_work.duration_ps = now_ps() - times.asked_ps;
}

void TileStage::run_step(std::uint64_t step, const std::vector<Segment>& parts, StreamTimes& times,
                         std::vector<Segment>& done)
{
    const OperandStream& stream = m_work.stream;
    std::vector<Segment> own;
    for (const Segment& part : parts) {
        own.push_back(part);
        own.back().duration_ps = part_of(part.duration_ps, step, stream.steps);
        times.unstalled_ps += own.back().duration_ps;
    }
    pass({own.front()}, times, done);
    if (m_setup->shares_tables) wait_for_operands(pieces_for(stream, step), times, done);
    own.erase(own.begin());
    pass(own, times, done);
}

/// Lets segments pass one after the other, on shared units as they are free; waiting for those is a
/// stall too.
void TileStage::pass(const std::vector<Segment>& parts, StreamTimes& times,
                     std::vector<Segment>& done)
{
    const std::uint64_t epoch = m_epoch;
    Work work;
    for (const Segment& part : parts) {
        work.segments.push_back(part);
        work.segments.back().offset_ps = work.duration_ps;
        work.duration_ps += part.duration_ps;
    }
    const std::uint64_t wanted = work.duration_ps, begin = now_ps();
    m_tile.reserve_shared(work, m_setup->stage.id);
    if (epoch != m_epoch) throw Aborted{};
    times.stall_ps += work.duration_ps - wanted;
    for (Segment& segment : work.segments) {
        segment.offset_ps += begin - times.asked_ps;
        done.push_back(segment);
    }
    let_pass(work.duration_ps);
}

/// Sends the pieces below number `until` that have not been sent yet.
void TileStage::send_operands(std::uint64_t until)
{
    if (m_setup->sharers.empty()) return;
    const OperandStream& stream = m_work.stream;
    for (; m_pieces_sent < until; ++m_pieces_sent) {
        const std::uint64_t bits = part_of(stream.bits, m_pieces_sent, stream.pieces);
        noc::PacketHeader header;
        header.kind = noc::Kind::operands;
        header.targets =
            std::shared_ptr<const std::vector<noc::Target>>(m_setup, &m_setup->sharers);
        header.producer = m_setup->stage.id;
        header.layer = m_setup->stage.layer;
        header.image = m_image_id;
        m_work.counts.push_back({stream.read_bit, bits});
        m_tile.send(header, nullptr, static_cast<unsigned>((bits + 7) / 8));
    }
}

/// A sharer has room for the table of one image: the last one must be through with it.
void TileStage::wait_for_sharers(StreamTimes& times)
{
    const std::uint64_t epoch = m_epoch, begin = now_ps();
    while (m_awaited_sharers != 0) {
        sc_core::wait(m_wake);
        if (epoch != m_epoch) throw Aborted{};
    }
    times.stall_ps += now_ps() - begin;
    m_awaited_sharers = m_setup->sharers.size();
}

void TileStage::wait_for_operands(std::uint64_t until, StreamTimes& times,
                                  std::vector<Segment>& done)
{
    const std::uint64_t epoch = m_epoch, begin = now_ps();
    while (m_pieces_here - m_pieces_used < until) {
        sc_core::wait(m_wake);
        if (epoch != m_epoch) throw Aborted{};
    }
    const std::uint64_t waited = now_ps() - begin;
    if (waited == 0) return;
    times.stall_ps += waited;
    done.push_back({m_work.stream.component, "wait for operands", begin - times.asked_ps, waited});
}

}  // namespace imc
