// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/sink.h"
#include "common/module/spawn.h"

#include <algorithm>

namespace imc::accelerator {

Sink::Sink(ResetDomain& domain, Dma& dma, Finished finished)
    : m_domain(domain), m_dma(dma), m_finished(std::move(finished))
{
    sc_core::sc_spawn([this] { work(); }, "sink");
}

void Sink::configure(const imc_port& port)
{
    m_port = port;
    reset();
}

void Sink::expect(std::uint64_t sequence)
{
    m_images[sequence].codes.resize(elements());
}

void Sink::announce(const OutputJob& job)
{
    Image& image = m_images[job.sequence];
    image.announced = true;
    image.job = job;
    m_wake.notify(sc_core::SC_ZERO_TIME);
}

bool Sink::on_rows(const noc::PacketHeader& header, const unsigned char* data)
{
    if (m_port.height == 0) return false;
    const auto found = m_images.find(header.row / m_port.height);
    const std::uint64_t y = header.row % m_port.height;
    const bool inside = found != m_images.end() && header.channel_begin < header.channel_end &&
                        header.channel_end <= m_port.channels && header.x_begin < header.x_end &&
                        header.x_end <= m_port.width;
    if (!inside) return false;
    Image& image = found->second;
    const std::uint32_t columns = header.x_end - header.x_begin;
    const auto* codes = reinterpret_cast<const std::int32_t*>(data);
    for (std::uint32_t c = header.channel_begin; c < header.channel_end; ++c, codes += columns)
        std::copy_n(codes, columns,
                    image.codes.data() + (c * m_port.height + y) * m_port.width + header.x_begin);
    image.arrived += std::uint64_t{header.channel_end - header.channel_begin} * columns;
    if (image.arrived == elements()) m_wake.notify(sc_core::SC_ZERO_TIME);
    return image.arrived <= elements();
}

Sink::Image* Sink::ready()
{
    for (auto& [sequence, image] : m_images)
        if (image.announced && image.arrived == elements()) return &image;
    return nullptr;
}

void Sink::work()
{
    for (;;) {
        try {
            m_domain.wait_until(m_wake, [this] { return ready() != nullptr; });
            write(*ready());
        } catch (const ResetUnwind&) {
        }
    }
}

void Sink::write(Image& image)
{
    Transfer transfer;
    transfer.write = true;
    transfer.address = image.job.address;
    transfer.data = reinterpret_cast<unsigned char*>(image.codes.data());
    transfer.bytes = image_bytes();
    const OutputJob job = image.job;
    const std::vector<std::int32_t> keep =
        std::move(image.codes);  // a reset may drop the image under the burst
    const DmaResult result = m_dma.run(DmaClient::sink, transfer);
    if (result == DmaResult::aborted) throw ResetUnwind{};
    m_images.erase(job.sequence);
    m_finished(job.index, result == DmaResult::ok ? IMC_ERROR_NONE : IMC_ERROR_DMA);
}

std::string Sink::diagnosis() const
{
    std::string text;
    for (const auto& [sequence, image] : m_images)
        text += (text.empty() ? "sink: image " : "; image ") + std::to_string(sequence) + " has " +
                std::to_string(image.arrived) + " of " + std::to_string(elements()) + " elements" +
                (image.announced ? "" : ", no OUTPUT descriptor yet");
    return text;
}

}  // namespace imc::accelerator
