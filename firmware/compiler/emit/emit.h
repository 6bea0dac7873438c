// SPDX-License-Identifier: Apache-2.0
/// From a mapping to the bytes of a program image, and back to text.
#pragma once

#include "accelerator/config.h"
#include "compiler/map/mapping.h"

#include <cstdint>
#include <string>
#include <vector>

namespace imc::compiler {

/// The program image of `mapping`. `precisions`: the network at several precisions that images take
/// in turn, the first being `net` itself; empty: at its own alone. Throws InputError where a number
/// does not fit its field.
std::vector<std::uint8_t> emit_program(const QNet& net, const Mapping& mapping,
                                       const AcceleratorConfig& config,
                                       const std::vector<QNet>& precisions = {});

/// Checks magic, version, sizes, table bounds and all three CRCs. Throws InputError, one line.
void check_program(const std::uint8_t* image, std::size_t bytes);

/// The program as text: header, layers, stages, routes, blobs, host operators. Checks it first.
std::string disassemble(const std::uint8_t* image, std::size_t bytes);

}  // namespace imc::compiler
