// SPDX-License-Identifier: Apache-2.0
#include "buffer/cost/port.h"

#include <cmath>

namespace imc::buffer {

std::uint64_t port_accesses(std::uint64_t bits, unsigned port_bits)
{
    return (bits + port_bits - 1) / port_bits;
}

std::uint64_t parking_ps(std::uint64_t bits, unsigned port_bits, double cycle_ns)
{
    const auto accesses = static_cast<double>(2 * port_accesses(bits, port_bits));
    return static_cast<std::uint64_t>(std::llround(accesses * cycle_ns * 1000.0));
}

}  // namespace imc::buffer
