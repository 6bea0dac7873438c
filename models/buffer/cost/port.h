// SPDX-License-Identifier: Apache-2.0
/// Time at the port of a global buffer. Pure functions.
#pragma once

#include <cstdint>

namespace imc::buffer {

/// Accesses of `port_bits` that move `bits`, the last one perhaps partly used.
std::uint64_t port_accesses(std::uint64_t bits, unsigned port_bits);

/// ps that parking takes: `bits` written on arrival and read on departure through one port, an
/// access each `cycle_ns`.
std::uint64_t parking_ps(std::uint64_t bits, unsigned port_bits, double cycle_ns);

}  // namespace imc::buffer
