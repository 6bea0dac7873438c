// SPDX-License-Identifier: Apache-2.0
/// Files inside files: a platform or technology that is a file name, or a map with `base: file`.
#pragma once

#include "config/table.h"

namespace imc::config {

/// Replaces `value` by the map it stands for: the file it names, or its `base` with its other keys
/// put over it. `folder` is where the file that contains `value` lies; `key` names it in messages.
void expand_include(Value& value, const std::string& key, const std::filesystem::path& folder,
                    Reader& reader);

/// Puts `key.path=value` into the tree, making maps on the way. A number put over {value, unit,
/// source} replaces the value.
void apply_override(Value& top, const std::string& path, const Value& value, Reader& reader);

}  // namespace imc::config
