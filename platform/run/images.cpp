// SPDX-License-Identifier: Apache-2.0
#include "run/images.h"

#include "compiler/data/dataset.h"

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

}  // namespace imc::run
