// SPDX-License-Identifier: Apache-2.0
/// From what compiler and datasets say is wrong to the place in the scenario that caused it.
#pragma once

#include "config/scenario.h"

#include <string>

namespace imc::run {

/// `message` behind the place and key of the scenario that it speaks of: the key it begins with,
/// that of the dataset's or calibration file it begins with, else network.onnx. Messages about a
/// bit map or parameter file say where in the file, and stay as they are.
std::string located(const config::Scenario& scenario, const std::string& message);

}  // namespace imc::run
