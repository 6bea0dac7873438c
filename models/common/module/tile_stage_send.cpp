// SPDX-License-Identifier: Apache-2.0
/// What a stage sends: rows to its routes, credits to its producers, messages to the I/O node.
#include "common/module/tile.h"
#include "common/module/tile_stage.h"

#include <algorithm>

namespace imc {

/// Rows leave in order; a row's pieces to all routes share its data.
void TileStage::send_rows(RowRange rows)
{
    for (std::uint32_t y = rows.begin; y < rows.end; ++y)
        send_row(rows, y);
    m_out.reset();
    m_out_psums.reset();
}

namespace {

/// Channels [begin, end) of one row out of [channels][rows][width], contiguous; shares `all` where
/// it already is.
template <typename T>
std::shared_ptr<const T> row_piece(const std::shared_ptr<T[]>& all, std::size_t begin,
                                   std::size_t end, std::size_t rows, std::size_t row,
                                   std::size_t width)
{
    if (rows == 1) return {all, all.get() + begin * width};
    std::shared_ptr<T[]> piece(new T[(end - begin) * width]);
    for (std::size_t c = begin; c < end; ++c)
        std::copy_n(all.get() + (c * rows + row) * width, width, piece.get() + (c - begin) * width);
    return {piece, piece.get()};
}

}  // namespace

void TileStage::send_row(RowRange rows, std::uint32_t output_row)
{
    const imc_stage& stage = m_setup->stage;
    const std::size_t count = rows.end - rows.begin, row = output_row - rows.begin;
    for (std::size_t r = 0; r < m_setup->routes.size(); ++r) {
        const OutRoute& route = m_setup->routes[r];
        if (!route.sends(output_row)) continue;
        const bool psum = route.stream == IMC_PSUM_STREAM;
        const std::size_t begin = route.channel_begin - stage.channel_begin;
        const std::size_t end = route.channel_end - stage.channel_begin;
        noc::PacketHeader header;
        if (psum)
            header.keep = row_piece(m_out_psums, begin, end, count, row, stage.out_width);
        else
            header.keep = row_piece(m_out, begin, end, count, row, stage.out_width);
        header.kind = psum ? noc::Kind::psum : noc::Kind::data;
        header.destination = route.node;
        header.stage = route.stage;
        header.stream = route.stream;
        header.producer = stage.id;
        header.route = static_cast<std::uint16_t>(r);
        header.bits = psum ? static_cast<std::uint8_t>(psum_bits(stage)) : stage.out_bits;
        header.acknowledge = m_setup->gated;
        header.layer = stage.layer;
        header.parked = stage.op == IMC_STAGE_SPILL;
        header.image = m_image_id;
        header.row = row_number(route, rows, output_row);
        header.channel_begin = route.channel_begin + route.channel_offset;
        header.channel_end = route.channel_end + route.channel_offset;
        header.x_end = stage.out_width;
        const std::uint64_t elements = std::uint64_t{end - begin} * stage.out_width;
        header.data_bytes = elements * (psum ? sizeof(std::int64_t) : sizeof(std::int32_t));
        m_unacknowledged += header.acknowledge;
        m_tile.send(header, header.keep.get(),
                    static_cast<unsigned>((elements * header.bits + 7) / 8));
    }
}

void TileStage::release_inputs(RowRange)
{
    const imc_stage& stage = m_setup->stage;
    const bool last = m_unit + 1 == own_units_per_image(stage);
    const std::uint32_t next = last ? 0 : unit_rows_of(stage, m_unit + 1).begin;
    for (unsigned s = 0; s < stage.streams; ++s) {
        const std::uint64_t row =  // after the last unit, on into the next image
            last ? m_setup->rows_before(s, m_image + 1, rows_skipped(stage, s))
                 : m_setup->rows_before(s, m_image, first_row_needed(stage, s, next));
        if (!m_streams[s].release(row)) continue;
        trace_slots(s);
        send_credits(s, m_setup->producers[s], row);
    }
    if (stage.role != IMC_ROLE_PSUM_OWNER) return;
    m_psums.release(psum_row() + stage.unit_rows);
    send_credits(IMC_PSUM_STREAM, m_setup->psum_producers, m_psums.released());
}

void TileStage::send_credits(unsigned stream, const std::vector<Producer>& producers,
                             std::uint64_t released)
{
    for (const Producer& producer : producers) {
        noc::PacketHeader header;
        header.kind = noc::Kind::credit;
        header.destination = producer.node;
        header.stage = producer.stage;
        header.producer = m_setup->stage.id;
        header.stream = static_cast<std::uint8_t>(stream);
        header.route = producer.route;
        header.layer = m_setup->stage.layer;
        header.row = released;
        m_tile.send(header, nullptr, sizeof header.route);
    }
}

void TileStage::report(std::uint32_t status, const std::string& refusal)
{
    noc::PacketHeader header;
    header.kind = noc::Kind::done;
    header.destination = m_setup->io_node;
    header.stage = IMC_ROUTE_SINK;
    header.producer = m_setup->stage.id;
    header.priority = 0;
    header.status = status;
    header.image = m_image_id;
    if (!refusal.empty()) header.keep = std::make_shared<const std::string>(refusal);
    m_tile.send(header, nullptr, sizeof header.status);
}

}  // namespace imc
