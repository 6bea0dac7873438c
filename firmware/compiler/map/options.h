// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "imcvp/program.h"

#include <cstdint>
#include <map>
#include <string>

namespace imc::compiler {

enum class Replicate { none, balance, listed };

/// What the user decides about the mapping.
struct MapOptions {
    imc_schedule schedule = IMC_SCHEDULE_PIPELINED;
    Replicate replicate = Replicate::none;
    std::map<std::string, unsigned> copies;  ///< layer -> copies, with Replicate::listed
    unsigned chips = 0;                      ///< 0 = as many as needed
    unsigned slack_rows = 2;  ///< slots an edge gets beyond the fewest that cannot block
    std::map<std::string, unsigned> buffer_rows;  ///< "producer:consumer" -> slots
    bool force = false;                           ///< accept buffer_rows below the fewest
};

}  // namespace imc::compiler
