// SPDX-License-Identifier: Apache-2.0
#include "accelerator/kernel/register_block.h"

namespace imc::accelerator {

namespace {

std::uint32_t merge(std::uint32_t old, std::uint32_t value, std::uint32_t mask)
{
    return (old & ~mask) | (value & mask);
}

}  // namespace

std::uint32_t RegisterBlock::status() const
{
    return (m_client.busy() ? IMC_STATUS_BUSY : 0) | (m_error != 0 ? IMC_STATUS_ERROR : 0) |
           (m_client.configured() ? IMC_STATUS_CONFIGURED : 0);
}

std::optional<std::uint32_t> RegisterBlock::read(std::uint32_t offset) const
{
    switch (offset) {
        case IMC_REG_ID:
            return IMC_ID_VALUE;
        case IMC_REG_VERSION:
            return IMC_VERSION_VALUE;
        case IMC_REG_CAPS_CROSSBAR:
            return m_caps.crossbar;
        case IMC_REG_CAPS_ASSOCIATIVE:
            return m_caps.associative;
        case IMC_REG_CAPS_CAM:
            return m_caps.cam;
        case IMC_REG_CAPS_STAGES:
            return m_caps.stages;
        case IMC_REG_CAPS_RING:
            return IMC_RING_MAX;
        case IMC_REG_CTRL:
            return m_ctrl;
        case IMC_REG_STATUS:
            return status();
        case IMC_REG_IRQ_STATUS:
            return m_irq_status;
        case IMC_REG_IRQ_MASK:
            return m_irq_mask;
        case IMC_REG_ERROR:
            return m_error;
        case IMC_REG_ERROR_INDEX:
            return m_error_index;
        case IMC_REG_RING_BASE_LO:
            return static_cast<std::uint32_t>(m_ring_base);
        case IMC_REG_RING_BASE_HI:
            return static_cast<std::uint32_t>(m_ring_base >> 32);
        case IMC_REG_RING_SIZE:
            return m_ring_size;
        case IMC_REG_HEAD:
            return m_head;
        case IMC_REG_TAIL:
            return m_tail;
        case IMC_REG_EPOCH:
            return m_epoch;
        default:
            return read_performance(offset);
    }
}

std::optional<std::uint32_t> RegisterBlock::read_performance(std::uint32_t offset) const
{
    if (offset < IMC_REG_PERF_CYCLES || offset > IMC_REG_PERF_STALL_OUTPUT + 4) return std::nullopt;
    const std::uint64_t value = m_client.performance(offset & ~7u);
    return static_cast<std::uint32_t>((offset & 4) != 0 ? value >> 32 : value);
}

AccessResult RegisterBlock::write(std::uint32_t offset, std::uint32_t value, std::uint32_t mask)
{
    switch (offset) {
        case IMC_REG_CTRL:
            write_control(merge(m_ctrl, value, mask));
            return AccessResult::ok;
        case IMC_REG_IRQ_STATUS:
            m_irq_status &= ~(value & mask);
            m_client.interrupt_changed();
            return AccessResult::ok;
        case IMC_REG_IRQ_MASK:
            m_irq_mask = merge(m_irq_mask, value, mask);
            m_client.interrupt_changed();
            return AccessResult::ok;
        case IMC_REG_ERROR:
            m_error = m_error_index = 0;
            m_client.error_cleared();
            return AccessResult::ok;
        case IMC_REG_RING_BASE_LO:
        case IMC_REG_RING_BASE_HI:
        case IMC_REG_RING_SIZE:
            if (!is_enabled()) {
                write_ring(offset, value, mask);
                return AccessResult::ok;
            }
            break;
        case IMC_REG_DOORBELL:
            write_doorbell(merge(m_tail, value, mask));
            return AccessResult::ok;
        default:
            break;
    }
    raise_error(IMC_ERROR_BAD_REGISTER, m_head);
    return read(offset) ? AccessResult::wrong_direction : AccessResult::no_register;
}

void RegisterBlock::write_ring(std::uint32_t offset, std::uint32_t value, std::uint32_t mask)
{
    const auto low = static_cast<std::uint32_t>(m_ring_base),
               high = static_cast<std::uint32_t>(m_ring_base >> 32);
    if (offset == IMC_REG_RING_SIZE)
        m_ring_size = merge(m_ring_size, value, mask);
    else if (offset == IMC_REG_RING_BASE_LO)
        m_ring_base = (std::uint64_t{high} << 32) | merge(low, value, mask);
    else
        m_ring_base = (std::uint64_t{merge(high, value, mask)} << 32) | low;
}

bool RegisterBlock::ring_is_good() const
{
    const bool power_of_two =
        m_ring_size >= 2 && m_ring_size <= IMC_RING_MAX && (m_ring_size & (m_ring_size - 1)) == 0;
    return power_of_two && m_ring_base % 64 == 0;
}

void RegisterBlock::write_control(std::uint32_t value)
{
    if ((value & IMC_CTRL_RESET) != 0) return m_client.soft_reset();
    const bool enable = (value & IMC_CTRL_ENABLE) != 0;
    if (enable && !is_enabled()) {
        if (!ring_is_good()) return raise_error(IMC_ERROR_BAD_RING, 0);
        m_ctrl = IMC_CTRL_ENABLE;
        m_head = m_tail = 0;
        m_client.enabled();
    } else if (!enable) {
        m_ctrl = 0;
    }
}

void RegisterBlock::write_doorbell(std::uint32_t tail)
{
    const bool good =
        is_enabled() && tail - m_head <= m_ring_size && tail - m_head >= m_tail - m_head;
    if (!good) return raise_error(IMC_ERROR_BAD_RING, m_head);
    m_tail = tail;
    m_client.doorbell();
}

void RegisterBlock::raise_error(imc_error code, std::uint32_t index)
{
    if (m_error == 0) {
        m_error = static_cast<std::uint32_t>(code);
        m_error_index = index;
    }
    raise_interrupt(IMC_IRQ_ERROR);
}

void RegisterBlock::raise_interrupt(std::uint32_t cause)
{
    m_irq_status |= cause;
    m_client.interrupt_changed();
}

void RegisterBlock::reset(std::uint32_t epoch)
{
    m_ctrl = m_irq_status = m_irq_mask = m_error = m_error_index = 0;
    m_ring_base = 0;
    m_ring_size = m_head = m_tail = 0;
    m_epoch = epoch;
    m_client.interrupt_changed();
}

}  // namespace imc::accelerator
