// SPDX-License-Identifier: Apache-2.0
#include "run/images.h"

#include "common/error.h"
#include "common/random.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace imc::run {

namespace {

const char* format_name(config::DatasetFormat format)
{
    switch (format) {
        case config::DatasetFormat::npy:
            return "npy";
        case config::DatasetFormat::idx:
            return "idx";
        case config::DatasetFormat::cifar:
            return "cifar";
        case config::DatasetFormat::raw_u8:
            return "raw_u8";
        case config::DatasetFormat::raw_f32:
            return "raw_f32";
        case config::DatasetFormat::folder:
            return "folder";
        case config::DatasetFormat::automatic:
            break;
    }
    return "auto";
}

compiler::Preprocessing preprocessing_of(const config::DatasetConfig& dataset)
{
    compiler::Preprocessing preprocessing;
    preprocessing.divisor = static_cast<float>(dataset.divisor);
    preprocessing.mean.assign(dataset.mean.begin(), dataset.mean.end());
    preprocessing.deviation.assign(dataset.std.begin(), dataset.std.end());
    return preprocessing;
}

compiler::DatasetDescription description_of(const config::DatasetConfig& dataset)
{
    compiler::DatasetDescription description;
    description.images = dataset.images.path;
    description.labels = dataset.labels.given() ? dataset.labels.path.string() : "";
    description.format = format_name(dataset.format);
    description.first = dataset.first;
    description.preprocessing = preprocessing_of(dataset);
    return description;
}

ImageSet load(const compiler::DatasetDescription& description, const compiler::InputForm& form,
              std::size_t limit)
{
    const auto dataset = compiler::load_dataset(description, form);
    ImageSet set;
    set.count = std::min(limit, dataset.size());
    set.shape = dataset.shape();
    set.pixels = dataset.images(0, set.count);
    set.labels = dataset.labels();
    set.left_out = dataset.left_out();
    set.labels.resize(std::min(set.labels.size(), set.count));
    return set;
}

}  // namespace

ImageSet dataset_images(const config::DatasetConfig& dataset, const compiler::InputForm& form,
                        std::size_t count)
{
    auto description = description_of(dataset);
    description.count = count;
    return load(description, form, std::numeric_limits<std::size_t>::max());
}

ImageSet first_images(const config::DatasetConfig& dataset, const compiler::InputForm& form,
                      std::size_t limit)
{
    return load(description_of(dataset), form, limit);
}

ImageSet image_file(const std::string& path, const config::DatasetConfig& dataset,
                    const compiler::InputForm& form, std::size_t limit)
{
    compiler::DatasetDescription description;
    description.images = path;
    description.preprocessing = preprocessing_of(dataset);
    return load(description, form, limit);
}

ImageSet synthetic_images(const compiler::Shape& shape, std::uint64_t seed, ImagePurpose purpose,
                          std::size_t count)
{
    ImageSet set;
    set.count = count;
    set.shape = shape;
    const auto size = static_cast<std::size_t>(shape.size());
    set.pixels.resize(count * size);
    for (std::size_t image = 0; image < count; ++image) {
        const auto key = random_key(seed, static_cast<std::uint64_t>(purpose), image);
        for (std::size_t i = 0; i < size; ++i)
            set.pixels[image * size + i] = static_cast<float>(random_normal(key, i));
    }
    return set;
}

void check_batches(const config::RunConfig& config, std::size_t images)
{
    const auto& platform = config.platform;
    const bool associative =
        std::any_of(platform.tiles.begin(), platform.tiles.end(),
                    [](const TileGroup& group) { return group.engine == IMC_ENGINE_ASSOCIATIVE; });
    const unsigned batch = platform.associative.batch;
    if (!associative || images % batch == 0) return;
    throw InputError(fmt::format(
        "platform.associative.batch: {} images are no whole batches of {}; run a multiple of the "
        "batch (run.images), or set a batch that divides them",
        images, batch));
}

}  // namespace imc::run
