// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace imc::noc {

/// Mesh with XY routing; `concentration` nodes share a router (ISAAC: 4). Chips are joined by
/// `chip_link` at router 0.
struct Config {
    unsigned flit_bits = 32;
    double clock_ghz = 1.2;
    unsigned hop_cycles = 1;              ///< router and wire of one hop
    unsigned concentration = 4;           ///< nodes a router
    double chip_link_gbytes_per_s = 6.4;  ///< HyperTransport, ISAAC Table I
    double chip_link_latency_ns = 100.0;  ///< ASSUME: serialiser, wire, deserialiser
};

}  // namespace imc::noc
