// SPDX-License-Identifier: Apache-2.0
/// Which engine runs which layer, by the user's rules, and what that asks of the layers.
#pragma once

#include "accelerator/config.h"
#include "compiler/quantize/qnet.h"

#include <map>
#include <optional>
#include <string>

namespace imc::compiler {

/// Key: a layer's name, an operation as reports name it (conv, gemm, add, maxpool, averagepool,
/// ...), `requantize`, or `default`; the first of these that fits decides. Layers without a rule
/// run on the platform's first kind of tile.
using EngineRules = std::map<std::string, imc_engine>;

/// Sets the engine of every layer. With a rule for `requantize`, convolutions on other engines give
/// out their sums and a layer of its own rounds them there. Layers on associative processors get
/// dyadic constants that their words can hold. Throws InputError for a rule that fits no layer, for
/// an engine without tiles, and where the user `asked` for a requantisation that the engine lacks.
void assign_engines(QNet& net, const AcceleratorConfig& config, const EngineRules& rules,
                    std::optional<imc_requant_kind> asked = std::nullopt);

}  // namespace imc::compiler
