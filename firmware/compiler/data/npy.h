// SPDX-License-Identifier: Apache-2.0
/// NumPy's array files (format 1.0 to 3.0, C order, little-endian), as images, labels and outputs
/// come and go.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace imc::compiler {

/// An array. float64 and float16 are not read; bool comes as uint8.
struct NpyArray {
    using Data = std::variant<std::vector<float>, std::vector<std::uint8_t>,
                              std::vector<std::int8_t>, std::vector<std::uint16_t>,
                              std::vector<std::int32_t>, std::vector<std::int64_t>>;
    std::vector<std::int64_t> dims;
    Data data;

    std::int64_t size() const;
};

/// Throws InputError, one line: missing or cut file, wrong magic, header that does not parse,
/// big-endian or Fortran order, element type without use here, size that does not fit the shape.
NpyArray read_npy(const std::string& path);
NpyArray parse_npy(const std::string& bytes, const std::string& name);

/// Writes beside `path` and renames, so that no half file stays. Throws InputError if that fails.
void write_npy(const std::string& path, const NpyArray& array);

}  // namespace imc::compiler
