// SPDX-License-Identifier: Apache-2.0
/// Descriptors in words, for reports and errors.
#pragma once

#include "imcvp/regs.h"

#include <cstdint>
#include <string>

namespace imc::accelerator {

/// "INPUT"; "opcode 99" for one that does not exist.
std::string name_of(const imc_descriptor& d);

/// "96 bytes at 0x80001000".
std::string bytes_at(std::uint64_t bytes, std::uint64_t address);

/// "ring entry 3: INPUT, image 1, stage 0, 3072 bytes".
std::string fetched_text(std::uint32_t index, const imc_descriptor& d);

/// What the bus refused where the descriptor's data transfer failed.
std::string refused_text(const imc_descriptor& d);

}  // namespace imc::accelerator
