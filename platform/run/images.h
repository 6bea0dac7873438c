// SPDX-License-Identifier: Apache-2.0
/// Images of a run, (C, H, W) float each, with labels where known.
#pragma once

#include "compiler/data/dataset.h"
#include "config/run_config.h"

#include <cstdint>
#include <vector>

namespace imc::run {

struct ImageSet {
    std::size_t count = 0;
    compiler::Shape shape;
    std::vector<float> pixels;  ///< count x C x H x W
    std::vector<int> labels;    ///< one an image, or empty
    std::string left_out;       ///< a sentence about files that are not used, or empty

    const float* image(std::size_t i) const
    {
        return pixels.data() + i * static_cast<std::size_t>(shape.size());
    }
};

/// The images a scenario names under `dataset`, the first `count` of them (0 = all). Throws
/// InputError, one line.
ImageSet dataset_images(const config::DatasetConfig& dataset, const compiler::InputForm& form,
                        std::size_t count);

/// The first images a scenario names under `dataset`, at most `limit`. Throws InputError.
ImageSet first_images(const config::DatasetConfig& dataset, const compiler::InputForm& form,
                      std::size_t limit);

/// Images of another file, as the network takes them after the dataset's preprocessing; at most
/// `limit`. Throws InputError.
ImageSet image_file(const std::string& path, const config::DatasetConfig& dataset,
                    const compiler::InputForm& form, std::size_t limit);

/// What seeded images are for keeps them apart.
enum class ImagePurpose : std::uint64_t { calibration = 1, inference = 2 };

/// Seeded images of standard normal numbers, from index `first` on.
ImageSet synthetic_images(const compiler::Shape& shape, std::uint64_t seed, ImagePurpose purpose,
                          std::size_t count);

/// Throws InputError if associative processors work on batches and `images` is not a number of
/// whole ones: an image takes its part of the batch's time.
void check_batches(const config::RunConfig& config, std::size_t images);

}  // namespace imc::run
