// SPDX-License-Identifier: Apache-2.0
/// The registers of docs/registers.md: what each access reads, writes and refuses. No SystemC, no
/// time.
#pragma once

#include "imcvp/regs.h"

#include <cstdint>
#include <optional>

namespace imc::accelerator {

/// What the registers show and what their writes start; the command processor behind them.
class RegisterClient {
public:
    virtual ~RegisterClient() = default;
    virtual bool busy() const = 0;
    virtual bool configured() const = 0;
    /// 64-bit counter at `offset` (IMC_REG_PERF_*).
    virtual std::uint64_t performance(std::uint32_t offset) const = 0;
    virtual void enabled() = 0;
    virtual void doorbell() = 0;
    virtual void soft_reset() = 0;
    /// The level of the interrupt line may have changed.
    virtual void interrupt_changed() = 0;
    virtual void error_cleared() = 0;
};

struct Capabilities {
    std::uint32_t crossbar = 0, associative = 0, cam = 0, stages = 0;
};

enum class AccessResult { ok, no_register, wrong_direction };

class RegisterBlock {
public:
    RegisterBlock(const Capabilities& capabilities, RegisterClient& client)
        : m_caps(capabilities), m_client(client)
    {
    }

    /// The value of the register at the word offset, or nothing if there is none to read.
    std::optional<std::uint32_t> read(std::uint32_t offset) const;
    /// Writes the bits of `value` that `mask` has, as an access with byte enables would. An access
    /// that the map does not allow changes nothing and is recorded as IMC_ERROR_BAD_REGISTER.
    AccessResult write(std::uint32_t offset, std::uint32_t value, std::uint32_t mask);

    /// Records the first error since the last clear and raises its interrupt.
    void raise_error(imc_error code, std::uint32_t index);
    void raise_interrupt(std::uint32_t cause);
    bool interrupt_line() const { return (m_irq_status & m_irq_mask) != 0; }
    void reset(std::uint32_t epoch);

    bool is_enabled() const { return (m_ctrl & IMC_CTRL_ENABLE) != 0; }
    imc_error error() const { return static_cast<imc_error>(m_error); }
    std::uint64_t ring_base() const { return m_ring_base; }
    std::uint32_t ring_size() const { return m_ring_size; }
    std::uint32_t head() const { return m_head; }
    std::uint32_t tail() const { return m_tail; }
    void advance_head() { ++m_head; }

private:
    std::uint32_t status() const;
    std::optional<std::uint32_t> read_performance(std::uint32_t offset) const;
    void write_control(std::uint32_t value);
    void write_ring(std::uint32_t offset, std::uint32_t value, std::uint32_t mask);
    void write_doorbell(std::uint32_t tail);
    bool ring_is_good() const;

    Capabilities m_caps;
    RegisterClient& m_client;
    std::uint32_t m_ctrl = 0, m_irq_status = 0, m_irq_mask = 0, m_error = 0, m_error_index = 0;
    std::uint64_t m_ring_base = 0;
    std::uint32_t m_ring_size = 0, m_head = 0, m_tail = 0, m_epoch = 0;
};

}  // namespace imc::accelerator
