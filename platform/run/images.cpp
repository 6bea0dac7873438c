// SPDX-License-Identifier: Apache-2.0
#include "run/images.h"

#include "common/random.h"
#include "compiler/data/dataset.h"

namespace imc::run {

ImageSet synthetic_images(const compiler::Shape& shape, std::size_t count, std::uint64_t seed)
{
    ImageSet set;
    set.count = count;
    set.shape = shape;
    set.pixels.resize(count * static_cast<std::size_t>(shape.size()));
    constexpr std::uint64_t purpose = 0x494D41474553u;  // keeps these numbers apart from weights
    for (std::size_t i = 0; i < set.pixels.size(); ++i)
        set.pixels[i] = static_cast<float>(random_normal(random_key(seed, purpose), i));
    return set;
}

namespace {

const char* format_name(config::DatasetFormat format)
{
    switch (format) {
        case config::DatasetFormat::npy:
            return "npy";
        case config::DatasetFormat::idx:
            return "idx";
        case config::DatasetFormat::cifar:
            return "cifar10";
        case config::DatasetFormat::folder:
            return "folder";
        default:
            return "auto";
    }
}

ImageSet load(const compiler::DatasetDescription& description, const compiler::Graph& graph)
{
    const auto dataset = load_dataset(description, compiler::input_form(graph));
    ImageSet set;
    set.count = dataset.size();
    set.shape = dataset.shape();
    set.pixels = dataset.images(0, dataset.size());
    set.labels = dataset.labels();
    return set;
}

}  // namespace

ImageSet dataset_images(const config::DatasetConfig& dataset, const compiler::Graph& graph,
                        std::size_t count)
{
    compiler::DatasetDescription description;
    description.images = dataset.images.path;
    description.labels = dataset.labels.given() ? dataset.labels.path.string() : "";
    description.format = format_name(dataset.format);
    description.count = count;
    // The scenario's mean and deviation are of values scaled to 0..1; without them values stay as
    // they are.
    if (!dataset.mean.empty() || !dataset.std.empty()) description.preprocessing.divisor = 255.0f;
    description.preprocessing.mean.assign(dataset.mean.begin(), dataset.mean.end());
    description.preprocessing.deviation.assign(dataset.std.begin(), dataset.std.end());
    return load(description, graph);
}

ImageSet npy_images(const std::string& path, const compiler::Graph& graph, std::size_t count)
{
    compiler::DatasetDescription description;
    description.images = path;
    description.format = "npy";
    description.count = count;
    return load(description, graph);
}

}  // namespace imc::run
