// SPDX-License-Identifier: Apache-2.0
/// Where output rows end: collected image by image, written to memory by DMA.
#pragma once

#include "accelerator/module/dma.h"
#include "accelerator/module/reset_domain.h"
#include "imcvp/program.h"
#include "imcvp/regs.h"
#include "noc/module/packet.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <systemc>

namespace imc::accelerator {

/// What an OUTPUT descriptor asks for.
struct OutputJob {
    std::uint32_t index = 0;  ///< of the descriptor
    std::uint64_t sequence = 0;
    std::uint64_t address = 0;  ///< of [channels][height][width] int32 codes, little-endian
};

class Sink {
public:
    using Finished = std::function<void(std::uint32_t index, imc_error error)>;

    /// `finished` is called when an image lies in memory.
    Sink(ResetDomain& domain, Dma& dma, Finished finished);

    void configure(const imc_port& port);
    /// Makes room for the image; rows of others are refused.
    void expect(std::uint64_t sequence);
    void announce(const OutputJob& job);
    /// False if the rows belong to no expected image or do not fit.
    bool on_rows(const noc::PacketHeader& header, const unsigned char* data);
    void reset() { m_images.clear(); }
    std::uint64_t image_bytes() const { return elements() * sizeof(std::int32_t); }
    std::string diagnosis() const;

private:
    struct Image {
        std::vector<std::int32_t> codes;  ///< [channels][height][width]
        std::uint64_t arrived = 0;
        bool announced = false;
        OutputJob job;
    };

    std::uint64_t elements() const
    {
        return std::uint64_t{m_port.channels} * m_port.height * m_port.width;
    }
    void work();
    Image* ready();
    void write(Image& image);

    ResetDomain& m_domain;
    Dma& m_dma;
    Finished m_finished;
    imc_port m_port{};
    std::map<std::uint64_t, Image> m_images;  ///< by sequence number
    sc_core::sc_event m_wake;
};

}  // namespace imc::accelerator
