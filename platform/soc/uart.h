// SPDX-License-Identifier: Apache-2.0
/// UART of the 16550A kind (National Semiconductor PC16550D data sheet), byte registers, as on
/// QEMU's virt board.
#pragma once

#include <deque>
#include <string>

#include "soc/peripheral.h"

namespace imc::soc {

/// Bytes leave at once: the line's baud rate is not modelled, so that printing does not stretch a
/// measured run (as on the virt board). Received bytes queue without limit. Interrupts: received
/// data (IER bit 0) and transmitter empty (bit 1).
class Uart : public Peripheral {
public:
    using Sink = std::function<void(char)>;

    sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> irq{
        "irq"};

    Uart(const sc_core::sc_module_name& name, const sc_core::sc_time& access_time);

    /// Called for every byte sent, beside the log.
    void on_byte(Sink sink) { m_sink = std::move(sink); }
    /// All text sent so far.
    const std::string& log() const { return m_log; }
    /// Bytes that arrive on the line now; from a process or before the simulation starts.
    void receive(const std::string& text);

private:
    void add_data_registers();
    void add_control_registers();
    void send(char byte);
    bool has_divisor_access() const;
    std::uint64_t interrupt_id();
    void update();

    Sink m_sink;
    std::string m_log;
    std::deque<char> m_received;
    std::uint64_t m_divisor = 1;
    bool m_empty_pending = false;  ///< "transmitter empty" was not yet seen in IIR
    Register* m_ier = nullptr;
    Register* m_lcr = nullptr;
    Register* m_fcr = nullptr;
    sc_core::sc_event m_changed{"changed"};
};

}  // namespace imc::soc
