// SPDX-License-Identifier: Apache-2.0
/// What a stage asks of a tile's digital unit: element operations and the time they take. Pure
/// functions of shape.
#pragma once

#include "imcvp/program.h"

#include <cstdint>

namespace imc::digital {

/// Element operations of a piece of work.
struct Operations {
    std::uint64_t multiply = 0;    ///< scaling of an addend, gain of an affine
    std::uint64_t add = 0;         ///< of residual streams, of a window's cells
    std::uint64_t compare = 0;     ///< maximum of a window
    std::uint64_t look_up = 0;     ///< table reads
    std::uint64_t requantize = 0;  ///< multiply, shift, round and clamp of a result
    std::uint64_t serial = 0;  ///< slots of a lane: operands come one after the other, the rounding
                               ///< of a result is hidden behind its last operand
    std::uint64_t read = 0;    ///< operands read from the tile's buffer
};

/// Of `elements` results of `stage`: ADD takes one slot a stream, a pool one a cell of its window
/// (padding included), everything else one.
Operations operations(const imc_stage& stage, std::uint64_t elements);

/// ps for `slots` on `lanes` lanes at `clock_ghz`, whole cycles.
std::uint64_t duration_ps(std::uint64_t slots, unsigned lanes, double clock_ghz);

}  // namespace imc::digital
