// SPDX-License-Identifier: Apache-2.0
/// In-memory addition by MAGIC NOR, gate by gate: the reference for sums, gates and cycles of the
/// carry-save tree and the final carry-propagating adder. Source: RNSnet's adder (rapidnn.md
/// section 5, [S9]); RAPIDNN is assumed to use the same.
#pragma once

#include <cstdint>
#include <vector>

namespace imc::cam {

/// Result of adding a list of numbers in one crossbar block.
struct NorSum {
    std::int64_t value = 0;  ///< two's complement of `width` bits
    std::uint64_t gates =
        0;  ///< NOR and NOT executed, one output cell switched or initialised each
    std::uint64_t cycles = 0;
    unsigned stages = 0;  ///< carry-save stages
};

/// Adds `addends` modulo 2^width (1 to 63 bits) by 3:2 stages until two numbers are left and a
/// ripple-carry addition. Every bit goes through a 12-gate full adder: carry 4 NOR, sum 3 NOT and 5
/// NOR.
NorSum add_with_nor(std::vector<std::int64_t> addends, unsigned width);

}  // namespace imc::cam
