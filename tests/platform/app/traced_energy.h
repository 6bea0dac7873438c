// SPDX-License-Identifier: Apache-2.0
/// Energy in the traces of a run beside that of its books.
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

namespace imc::app {

/// Joules of all activities of an activities.csv.
inline double traced_joules(const std::string& csv)
{
    std::istringstream lines(csv);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "start_ps,duration_ps,track,component,operation,layer,image,energy_pj,weights");
    double joules = 0.0;
    while (std::getline(lines, line)) {
        const std::size_t end = line.rfind(','), begin = line.rfind(',', end - 1) + 1;
        joules += 1e-12 * std::stod(line.substr(begin, end - begin));
    }
    return joules;
}

/// Joules of setup and of the image of a run without leakage, DRAM and host left out.
inline double booked_joules(const nlohmann::json& summary)
{
    double joules = summary["setup"]["energy_j"];
    for (const auto& row : summary["components"])
        joules += row["dynamic_energy_j"].get<double>();
    return joules;
}

}  // namespace imc::app
