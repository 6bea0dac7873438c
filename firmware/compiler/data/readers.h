// SPDX-License-Identifier: Apache-2.0
/// Internal to the datasets: one reader a file format.
#pragma once

#include "compiler/data/dataset.h"

namespace imc::compiler {

/// Which images a reader shall bring: [first, first + count), count 0 for all.
struct Selection {
    std::size_t first = 0;
    std::size_t count = 0;

    /// How many of `total` images are taken; fails naming `path` if there are too few.
    std::size_t taken(std::size_t total, const std::string& path) const;
};

/// What a reader brings; labels are empty where the file has none.
struct Images {
    Dataset::Pixels pixels;
    std::vector<int> labels;
    std::size_t total = 0;  ///< images in the file, before the selection
    std::string left_out;   ///< a sentence about files of a folder that are not used; "" if none
};

Images read_npy_images(const std::string& path, const InputForm& network,
                       const Selection& selection);
Images read_idx_images(const std::string& path, const InputForm& network,
                       const Selection& selection);
Images read_raw_images(const std::string& path, const InputForm& network,
                       const Selection& selection, bool floats);
/// `label_bytes`: 1 (CIFAR-10) or 2 (CIFAR-100: coarse, then fine, which is taken).
Images read_cifar_images(const std::string& path, const InputForm& network,
                         const Selection& selection, std::size_t label_bytes);
Images read_folder_images(const std::string& path, const std::string& labels,
                          const InputForm& network, const Selection& selection);

/// All labels of a file for `total` images: .npy, idx, .txt (a number a line), or bytes of 1, 2 or
/// 4 (little-endian) each.
std::vector<int> read_labels(const std::string& path, std::size_t total);

/// Pixels of a PNG or JPEG file, (C, H, W), grey or colour as `shape` asks; fails if the size
/// differs.
std::vector<std::uint8_t> read_png(const std::string& path, const Shape& shape);
std::vector<std::uint8_t> read_jpeg(const std::string& path, const Shape& shape);

/// (H, W, C) to (C, H, W).
template <typename T>
void planes_from_interleaved(const T* from, const Shape& shape, T* to)
{
    const std::size_t plane = static_cast<std::size_t>(shape.h) * shape.w;
    for (std::size_t i = 0; i < plane; ++i)
        for (int c = 0; c < shape.c; ++c)
            to[c * plane + i] = from[i * shape.c + c];
}

}  // namespace imc::compiler
