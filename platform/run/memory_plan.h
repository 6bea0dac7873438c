// SPDX-License-Identifier: Apache-2.0
/// Where program, inputs, outputs and the firmware's heap lie in RAM.
#pragma once

#include "imcvp/boot.h"
#include "imcvp/program.h"

#include <cstdint>

namespace imc::run {

/// The boot block of a run over `images` images. Throws InputError if the RAM of `ram_bytes` is too
/// small, with the size that it needs.
imc_boot plan_memory(const imc_program_header& program, std::uint32_t images,
                     std::uint64_t ram_bytes);

/// Numbers a network's output has.
std::uint32_t output_size(const imc_program_header& program);

}  // namespace imc::run
