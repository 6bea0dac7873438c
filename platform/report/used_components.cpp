// SPDX-License-Identifier: Apache-2.0
#include "report/used_components.h"

#include <algorithm>

namespace imc::report {

void keep_used_components(RunResult& result)
{
    auto& rows = result.components;
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [](const ComponentRow& row) {
                                  return row.events.empty() && row.busy_s == 0.0 &&
                                         row.area_mm2 == 0.0 && row.leakage_w == 0.0 &&
                                         row.energy_j == 0.0 && row.external_energy_j == 0.0 &&
                                         row.bytes == 0.0;
                              }),
               rows.end());
}

}  // namespace imc::report
