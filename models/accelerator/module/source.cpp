// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/source.h"
#include "common/module/spawn.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace imc::accelerator {

Source::Source(ResetDomain& domain, Dma& dma, IoNode& io, Finished finished)
    : m_domain(domain), m_dma(dma), m_io(io), m_finished(std::move(finished))
{
    sc_core::sc_spawn([this] { work(); }, "source");
}

void Source::configure(const imc_port& port, std::vector<OutRoute> routes)
{
    m_port = port;
    m_routes = std::move(routes);
    reset();
}

void Source::reset()
{
    m_jobs.clear();
    m_credits.clear();
    for (const OutRoute& route : m_routes)
        m_credits.push_back(route.depth_rows + route.skipped_rows);
}

void Source::enqueue(const InputJob& job)
{
    m_jobs.push_back(job);
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

void Source::on_credit(const noc::PacketHeader& header)
{
    if (header.route >= m_credits.size()) return;
    m_credits[header.route] =
        std::max(m_credits[header.route], header.row + m_routes[header.route].depth_rows);
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

void Source::work()
{
    for (;;) {
        try {
            m_domain.wait_until(m_wake, [this] { return !m_jobs.empty(); });
            send_image(m_jobs.front());
            m_jobs.pop_front();
        } catch (const ResetUnwind&) {
        }
    }
}

void Source::send_image(const InputJob& job)
{
    for (std::uint32_t y = 0; y < m_port.height; ++y) {
        m_row = fetch_row(job, y);
        if (m_row == nullptr) return m_finished(job.index, IMC_ERROR_DMA);
        if (y + 1 == m_port.height) m_finished(job.index, IMC_ERROR_NONE);
        m_sequence = job.sequence;
        m_next_row = y;
        m_domain.wait_until(m_wake, [&] {
            for (std::size_t r = 0; r < m_routes.size(); ++r)
                if (!has_credit(r)) return false;
            return true;
        });
        send_row(job, y, m_row);
    }
}

bool Source::has_credit(std::size_t route) const
{
    const OutRoute& r = m_routes[route];
    return !r.sends(m_next_row) ||
           r.number(m_sequence, m_next_row, m_port.height) < m_credits[route];
}

/// Row y of all channels as [channels][width] codes; nullptr if the bus refused.
std::shared_ptr<std::int32_t[]> Source::fetch_row(const InputJob& job, std::uint32_t y)
{
    const std::uint64_t line = std::uint64_t{m_port.width} * m_port.bytes;
    const std::size_t elements = std::size_t{m_port.channels} * m_port.width;
    m_raw.resize(elements * m_port.bytes);
    Transfer transfer;
    transfer.address = job.address + y * line;
    transfer.data = m_raw.data();
    transfer.bytes = line;
    transfer.pieces = m_port.channels;
    transfer.stride = line * m_port.height;
    const DmaResult result = m_dma.run(DmaClient::source, transfer);
    if (result == DmaResult::aborted) throw ResetUnwind{};
    if (result == DmaResult::refused) return nullptr;
    std::shared_ptr<std::int32_t[]> row(new std::int32_t[elements]);
    for (std::size_t i = 0; i < elements; ++i)
        row[i] = decode(m_raw.data() + i * m_port.bytes);
    return row;
}

std::int32_t Source::decode(const unsigned char* at) const
{
    std::uint32_t code = 0;
    std::memcpy(&code, at, m_port.bytes);
    if (m_port.bytes == 1)
        return m_port.is_signed ? static_cast<std::int8_t>(code) : static_cast<std::int32_t>(code);
    if (m_port.bytes == 2)
        return m_port.is_signed ? static_cast<std::int16_t>(code) : static_cast<std::int32_t>(code);
    return static_cast<std::int32_t>(code);
}

void Source::send_row(const InputJob& job, std::uint32_t y,
                      const std::shared_ptr<std::int32_t[]>& row)
{
    for (std::size_t r = 0; r < m_routes.size(); ++r) {
        const OutRoute& route = m_routes[r];
        if (!route.sends(y)) continue;
        noc::PacketHeader header;
        header.kind = noc::Kind::data;
        header.destination = route.node;
        header.stage = route.stage;
        header.stream = route.stream;
        header.producer = IMC_ROUTE_SINK;
        header.route = static_cast<std::uint16_t>(r);
        header.bits = m_port.bits;
        header.image = job.image;
        header.row = route.number(job.sequence, y, m_port.height);
        header.channel_begin = route.channel_begin + route.channel_offset;
        header.channel_end = route.channel_end + route.channel_offset;
        header.x_end = m_port.width;
        header.keep = std::shared_ptr<const void>(
            row, row.get() + std::size_t{route.channel_begin} * m_port.width);
        const std::uint64_t elements =
            std::uint64_t{route.channel_end - route.channel_begin} * m_port.width;
        header.data_bytes = elements * sizeof(std::int32_t);
        m_io.send(header, header.keep.get(),
                  static_cast<unsigned>((elements * header.bits + 7) / 8));
    }
}

std::string Source::diagnosis() const
{
    if (m_jobs.empty()) return {};
    std::string text = "source: image " + std::to_string(m_jobs.front().image);
    for (std::size_t r = 0; r < m_routes.size(); ++r)
        if (!has_credit(r))
            text += "; stage " + std::to_string(m_routes[r].stage) + " stream " +
                    std::to_string(m_routes[r].stream) + " has no slot for row " +
                    std::to_string(m_next_row);
    return text;
}

}  // namespace imc::accelerator
