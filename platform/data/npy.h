// SPDX-License-Identifier: Apache-2.0
/// NumPy's array files (NPY format, versions 1.0 to 3.0; numpy.lib.format), little-endian and in C
/// order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imc::data {

enum class NpyType { float32, float64, uint8, int8, int16, int32, int64 };

struct NpyArray {
    NpyType type = NpyType::float32;
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> bytes;  ///< elements, row-major

    std::size_t size() const;
    /// The elements as float. Throws InputError naming `file` if one is not finite.
    std::vector<float> to_float(const std::string& file) const;
    /// The elements as whole numbers. Throws InputError naming `file` if the type is a floating
    /// one.
    std::vector<std::int64_t> to_integers(const std::string& file) const;
};

/// Throws InputError, one line: file, what is wrong, what would be right.
NpyArray read_npy(const std::string& path);

/// Writes a float32 array; throws InputError if the file cannot be written.
void write_npy(const std::string& path, const std::vector<std::size_t>& shape,
               const std::vector<float>& numbers);

/// `(2, 3)`.
std::string shape_text(const std::vector<std::size_t>& shape);

}  // namespace imc::data
