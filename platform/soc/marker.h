// SPDX-License-Identifier: Apache-2.0
/// Marks that software sets for the platform: when it works on which host operator of which image,
/// as the stimulus ports of a trace unit do on a chip.
#pragma once

#include "soc/peripheral.h"

namespace imc::soc {

/// A write to IMC_MARKER_BEGIN starts a host operator (which ends the one under way), a write to
/// IMC_MARKER_END says that the last output of an image is in memory. Nothing else happens.
class Marker : public Peripheral {
public:
    struct Listener {
        virtual ~Listener() = default;
        virtual void on_begin(std::uint32_t image, std::uint32_t operation,
                              const sc_core::sc_time& now) = 0;
        virtual void on_end(std::uint32_t image, const sc_core::sc_time& now) = 0;
    };

    Marker(const sc_core::sc_module_name& name, const sc_core::sc_time& access_time);

    /// `listener` hears of every mark from now on; nullptr: nobody does.
    void listen(Listener* listener) { m_listener = listener; }

private:
    Listener* m_listener = nullptr;
};

}  // namespace imc::soc
