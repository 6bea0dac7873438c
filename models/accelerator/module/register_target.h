// SPDX-License-Identifier: Apache-2.0
/// From generic payloads of any shape to register accesses.
#pragma once

#include "accelerator/kernel/register_block.h"

#include <tlm>

namespace imc::accelerator {

/// Serves lengths of 1 byte and up, byte enables, streaming (width 0 counts as the length), any
/// status on entry; sets a status always and leaves address, length, pointer and width as they are.
/// `offset` is the address within the block. No register there: ADDRESS_ERROR. Write to a
/// read-only, read of a write-only one: COMMAND_ERROR. Length 0 or no data pointer: BURST_ERROR.
/// Returns the number of words touched.
unsigned serve_registers(RegisterBlock& registers, tlm::tlm_generic_payload& payload,
                         std::uint64_t offset);

/// Reads without any effect, for debuggers; returns the bytes served, 0 for writes.
unsigned peek_registers(const RegisterBlock& registers, tlm::tlm_generic_payload& payload,
                        std::uint64_t offset);

}  // namespace imc::accelerator
