// SPDX-License-Identifier: Apache-2.0
/// Files of trained parameters (`quantization.parameters`).
#pragma once

#include "common/error.h"

#include <fstream>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace imc::compiler {

/// What `read` makes of the JSON document at `path`. Throws InputError naming the key, the file and
/// what is wrong: it cannot be opened, is no JSON, or `read` refuses it.
template <typename Read>
auto read_parameter_file(const std::string& path, Read read)
{
    std::ifstream in(path);
    if (!in) throw InputError(fmt::format("quantization.parameters: {} cannot be opened", path));
    try {
        return read(nlohmann::json::parse(in));
    } catch (const nlohmann::json::parse_error& error) {
        throw InputError(fmt::format(
            "quantization.parameters: {}: no JSON, or cut short, at byte {}; have its tool of "
            "scripts/train write it again",
            path, error.byte));
    } catch (const nlohmann::json::exception& error) {
        const std::string text = error.what();  // "[json.exception.type_error.302] type must be"
        throw InputError(fmt::format(
            "quantization.parameters: {}: {}; have its tool of scripts/train write it again", path,
            text.substr(text.find("] ") + 2)));
    } catch (const InputError& error) {
        throw InputError(fmt::format("quantization.parameters: {}: {}", path, error.what()));
    }
}

}  // namespace imc::compiler
