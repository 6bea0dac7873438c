// SPDX-License-Identifier: Apache-2.0
/// Whole files as bytes.
#pragma once

#include <string>

namespace imc::compiler {

/// Throws InputError if the file is missing, a folder or unreadable.
std::string read_file(const std::string& path);

}  // namespace imc::compiler
