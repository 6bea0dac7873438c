// SPDX-License-Identifier: Apache-2.0
#include "soc/uart.h"

#include "imcvp/soc.h"

namespace imc::soc {

namespace {
constexpr std::uint64_t lcr_divisor_access = 0x80;
constexpr std::uint64_t ier_received = 1, ier_empty = 2;
constexpr std::uint64_t iir_none = 1, iir_empty = 2, iir_received = 4, iir_fifos = 0xC0;
constexpr std::uint64_t lsr_temt = 0x40;
}  // namespace

Uart::Uart(const sc_core::sc_module_name& name, const sc_core::sc_time& access_time)
    : Peripheral(name, IMC_SOC_UART_SIZE, access_time)
{
    add_data_registers();
    add_control_registers();
    SC_HAS_PROCESS(Uart);
    SC_METHOD(update);
    sensitive << m_changed;
}

bool Uart::has_divisor_access() const
{
    return (m_lcr->value() & lcr_divisor_access) != 0;
}

void Uart::add_data_registers()
{
    add(0, 1)
        .read_has_effects()
        .on_read([this](unsigned) -> std::uint64_t {
            if (has_divisor_access()) return m_divisor & 0xFF;
            if (m_received.empty()) return 0;
            const char byte = m_received.front();
            m_received.pop_front();
            m_changed.notify(sc_core::SC_ZERO_TIME);
            return static_cast<unsigned char>(byte);
        })
        .on_write([this](unsigned, std::uint64_t v) {
            if (has_divisor_access())
                m_divisor = (m_divisor & 0xFF00) | v;
            else
                send(static_cast<char>(v));
        });
    m_ier = &add(1, 1)
                 .on_read([this](unsigned) {
                     return has_divisor_access() ? m_divisor >> 8 : m_ier->value();
                 })
                 .on_write([this](unsigned, std::uint64_t v) {
                     if (has_divisor_access()) {
                         m_divisor = (m_divisor & 0xFF) | v << 8;
                         return;
                     }
                     if ((v & ~m_ier->value() & ier_empty) != 0) m_empty_pending = true;
                     m_ier->set(v & 0xF);
                     m_changed.notify(sc_core::SC_ZERO_TIME);
                 });
}

void Uart::add_control_registers()
{
    m_fcr = &add(2, 1)  // IIR when read, FCR when written
                 .read_has_effects()
                 .on_read([this](unsigned) {
                     const std::uint64_t id = interrupt_id();
                     if (id == iir_empty) m_empty_pending = false;
                     m_changed.notify(sc_core::SC_ZERO_TIME);
                     return id | ((m_fcr->value() & 1) != 0 ? iir_fifos : 0);
                 })
                 .on_write([this](unsigned, std::uint64_t v) {
                     if ((v & 2) != 0) m_received.clear();
                     m_fcr->set(v & 1);
                     m_changed.notify(sc_core::SC_ZERO_TIME);
                 });
    m_lcr = &add(3, 1);
    add(4, 1);  // MCR: no modem, so storage
    add(5, 1).read_only().on_read([this](unsigned) {
        return IMC_UART_LSR_THRE | lsr_temt | (m_received.empty() ? 0 : IMC_UART_LSR_DATA);
    });
    add(6, 1).read_only();  // MSR: no modem lines
    add(7, 1);              // SCR: scratch
}

void Uart::send(char byte)
{
    m_log.push_back(byte);
    if (m_sink) m_sink(byte);
    m_empty_pending = true;
    m_changed.notify(sc_core::SC_ZERO_TIME);
}

void Uart::receive(const std::string& text)
{
    m_received.insert(m_received.end(), text.begin(), text.end());
    m_changed.notify(sc_core::SC_ZERO_TIME);
}

std::uint64_t Uart::interrupt_id()
{
    if ((m_ier->value() & ier_received) != 0 && !m_received.empty()) return iir_received;
    if ((m_ier->value() & ier_empty) != 0 && m_empty_pending) return iir_empty;
    return iir_none;
}

void Uart::update()
{
    if (irq.size() != 0) irq->write(interrupt_id() != iir_none);
}

}  // namespace imc::soc
