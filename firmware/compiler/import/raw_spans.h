// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: keeps large weights out of protobuf, which would copy them once more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace imc::compiler {

/// Bytes inside the file.
struct RawSpan {
    const char* data = nullptr;  ///< nullptr: the tensor's data are in the message as usual
    std::size_t size = 0;
};

/// A ModelProto without the raw_data of large initializers: the slim message still has the field,
/// but empty.
struct SlimModel {
    std::string message;
    std::vector<RawSpan> spans;  ///< one an initializer, in order
};

/// Takes large raw_data out of a serialised ModelProto (protobuf wire format: protobuf.dev,
/// Encoding). Nothing where the bytes are not laid out as exporters do; then the whole is left to
/// protobuf.
std::optional<SlimModel> take_raw_data_out(const char* data, std::size_t size);

}  // namespace imc::compiler
