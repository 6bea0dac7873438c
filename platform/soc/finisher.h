// SPDX-License-Identifier: Apache-2.0
/// Test finisher (sifive_test of QEMU's virt board): the register by which software ends the
/// simulation.
#pragma once

#include <optional>

#include "soc/peripheral.h"

namespace imc::soc {

/// A 32-bit write to offset 0: 0x5555 passes (exit code 0), 0x3333 fails with the code in the high
/// 16 bits, 0x7777 asks for a reset, which ends the run too. Only the first one counts; other
/// values are ignored, as the board does.
class Finisher : public Peripheral {
public:
    /// Called at the write; a platform calls sc_stop here, a test with several systems does not.
    using Callback = std::function<void(int exit_code)>;

    static constexpr int reset_code = 0x7777;

    Finisher(const sc_core::sc_module_name& name, const sc_core::sc_time& access_time);

    void on_finish(Callback callback) { m_callback = std::move(callback); }

    /// Empty until software has finished. A failure with code 0 reads as 1, so that it never looks
    /// like a pass.
    std::optional<int> exit_code() const { return m_exit_code; }
    const sc_core::sc_time& finish_time() const { return m_time; }
    const sc_core::sc_event& finished() const { return m_finished; }

private:
    void write(std::uint32_t value);

    Callback m_callback;
    std::optional<int> m_exit_code;
    sc_core::sc_time m_time;
    sc_core::sc_event m_finished{"finished"};
};

}  // namespace imc::soc
