// SPDX-License-Identifier: Apache-2.0
/// How long a packet occupies links. Pure functions of size and configuration.
#pragma once

#include "noc/config.h"

#include <cmath>
#include <cstdint>

namespace imc::noc {

/// Flits of a packet: one head flit (destination, kind, row) and the payload.
inline std::uint64_t packet_flits(const Config& config, std::uint64_t payload_bytes)
{
    return 1 + (payload_bytes * 8 + config.flit_bits - 1) / config.flit_bits;
}

/// `cycles` of the network clock in ps, rounded once.
inline std::uint64_t cycles_ps(const Config& config, std::uint64_t cycles)
{
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(cycles) * 1000.0 / config.clock_ghz));
}

/// Time `bytes` take on the link between chips, ps.
inline std::uint64_t chip_link_ps(const Config& config, std::uint64_t bytes)
{
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(bytes) * 1000.0 / config.chip_link_gbytes_per_s));
}

}  // namespace imc::noc
