// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imc {

/// The candidate nearest to `word` by edit distance, "" if none is near (more than a third of its
/// letters differ).
std::string nearest_name(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace imc
