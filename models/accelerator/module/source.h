// SPDX-License-Identifier: Apache-2.0
/// Where input rows come from: fetched by DMA, sent row after row as credits allow.
#pragma once

#include "accelerator/module/dma.h"
#include "accelerator/module/io_node.h"
#include "accelerator/module/reset_domain.h"
#include "common/module/stage_setup.h"
#include "imcvp/program.h"
#include "imcvp/regs.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <systemc>

namespace imc::accelerator {

/// An image that an INPUT descriptor announced.
struct InputJob {
    std::uint32_t index = 0;     ///< of the descriptor
    std::uint32_t image = 0;     ///< as the host calls it
    std::uint64_t sequence = 0;  ///< counted by the accelerator
    std::uint64_t address = 0;   ///< [channels][height][width] codes of imc_port::bytes each
};

class Source {
public:
    using Finished = std::function<void(std::uint32_t index, imc_error error)>;

    /// `finished` is called when an image has been read from memory to its end.
    Source(ResetDomain& domain, Dma& dma, IoNode& io, Finished finished);

    void configure(const imc_port& port, std::vector<OutRoute> routes);
    void enqueue(const InputJob& job);
    void on_credit(const noc::PacketHeader& header);
    void reset();
    /// What the source waits for, empty if it is idle.
    std::string diagnosis() const;

private:
    void work();
    void send_image(const InputJob& job);
    std::shared_ptr<std::int32_t[]> fetch_row(const InputJob& job, std::uint32_t y);
    void send_row(const InputJob& job, std::uint32_t y, const std::shared_ptr<std::int32_t[]>& row);
    std::int32_t decode(const unsigned char* at) const;
    bool has_credit(std::size_t route) const;

    ResetDomain& m_domain;
    Dma& m_dma;
    IoNode& m_io;
    Finished m_finished;
    imc_port m_port{};
    std::vector<OutRoute> m_routes;
    std::vector<std::uint64_t> m_credits;
    std::deque<InputJob> m_jobs;
    std::uint64_t m_sequence = 0;  ///< of the image at work
    std::uint32_t m_next_row = 0;
    std::vector<unsigned char> m_raw;
    std::shared_ptr<std::int32_t[]>
        m_row;  ///< that waits for credit; no local: a simulation may end there
    sc_core::sc_event m_wake;
};

}  // namespace imc::accelerator
