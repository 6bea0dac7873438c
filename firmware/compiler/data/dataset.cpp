// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/dataset.h"

#include "common/error.h"
#include "compiler/data/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace imc::compiler {

namespace {

namespace fs = std::filesystem;

void check_preprocessing(const Preprocessing& p, const Shape& shape)
{
    const auto fail = [](const std::string& text) { throw InputError("preprocessing: " + text); };
    const auto channels = static_cast<std::size_t>(shape.c);
    for (const auto* list : {&p.mean, &p.deviation})
        if (list->size() > 1 && list->size() != channels)
            fail(fmt::format(
                "{} entries of mean or deviation for {} channels; give one, or one a channel",
                list->size(), shape.c));
    for (const float mean : p.mean)
        if (!std::isfinite(mean)) fail("mean is not a finite number");
    for (const float deviation : p.deviation)
        if (!(deviation > 0.0f) || !std::isfinite(deviation))
            fail(fmt::format("deviation {} must be a positive number", deviation));
    if (!(p.divisor > 0.0f) || !std::isfinite(p.divisor))
        fail(fmt::format("divisor {} must be a positive number", p.divisor));
}

bool has_idx_magic(const std::string& path)
{
    std::FILE* file = std::fopen(path.c_str(), "rb");
    unsigned char start[4] = {1, 1, 1, 1};
    const bool read = file != nullptr && std::fread(start, 1, 4, file) == 4;
    if (file != nullptr) std::fclose(file);
    return read && start[0] == 0 && start[1] == 0 && start[2] == 8 &&
           (start[3] == 3 || start[3] == 4);
}

std::string guess_format(const DatasetDescription& d)
{
    const fs::path path(d.images);
    std::error_code error;
    if (fs::is_directory(path, error)) return "folder";
    if (!fs::exists(path, error)) throw InputError(d.images + ": no such file or folder");
    if (path.extension() == ".gz")
        throw InputError(d.images + ": is compressed; unpack it with gunzip first");
    if (path.extension() == ".npy") return "npy";
    if (path.filename().string().find("ubyte") != std::string::npos) return "idx";
    const auto size = fs::file_size(path, error);
    if (d.labels.empty() && size > 0 && (size % 3073 == 0 || size % 3074 == 0)) return "cifar";
    if (has_idx_magic(d.images)) return "idx";
    return path.filename().string().find("f32") == std::string::npos ? "raw_u8" : "raw_f32";
}

/// "cifar" by the size of its records, and by the classes where both sizes fit.
std::string cifar_kind(const std::string& path, const InputForm& network)
{
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error || size % 3074 != 0) return "cifar10";
    return size % 3073 != 0 || network.classes > 10 ? "cifar100" : "cifar10";
}

Images read_images(const DatasetDescription& d, const InputForm& network)
{
    const Selection selection{d.first, d.count};
    std::string format = d.format == "auto" || d.format.empty() ? guess_format(d) : d.format;
    if (format == "cifar") format = cifar_kind(d.images, network);
    if (format == "npy") return read_npy_images(d.images, network, selection);
    if (format == "idx") return read_idx_images(d.images, network, selection);
    if (format == "raw_u8" || format == "raw_f32")
        return read_raw_images(d.images, network, selection, format == "raw_f32");
    if (format == "cifar10" || format == "cifar100")
        return read_cifar_images(d.images, network, selection, format == "cifar10" ? 1 : 2);
    if (format == "folder") return read_folder_images(d.images, d.labels, network, selection);
    throw InputError(fmt::format(
        "dataset format '{}' is not one of auto, npy, idx, cifar, cifar10, cifar100, raw_u8, "
        "raw_f32, folder",
        d.format));
}

void check_finite(const Dataset::Pixels& pixels, const std::string& path)
{
    const auto* floats = std::get_if<std::vector<float>>(&pixels);
    if (floats == nullptr) return;
    const auto bad =
        std::find_if(floats->begin(), floats->end(), [](float x) { return !std::isfinite(x); });
    if (bad != floats->end())
        throw InputError(
            fmt::format("{}: element {} is not a finite number", path, bad - floats->begin()));
}

}  // namespace

InputForm input_form(const Graph& graph)
{
    const Shape out = graph.shape(graph.outputs[0]);
    const bool classifies = out.h == 1 && out.w == 1 && out.c > 1;
    return {graph.shape(graph.input), graph.input_is_nhwc, classifies ? out.c : 0,
            graph.input_affine};
}

std::size_t Selection::taken(std::size_t total, const std::string& path) const
{
    if (total == 0) throw InputError(path + ": holds no images");
    if (first >= total || count > total - first)
        throw InputError(fmt::format("{}: holds {} images, but {} from number {} on are asked for",
                                     path, total, count == 0 ? 1 : count, first));
    return count == 0 ? total - first : count;
}

Dataset::Dataset(const InputForm& network, Pixels pixels, std::vector<int> labels,
                 Preprocessing preprocessing)
    : m_shape(network.shape),
      m_pixels(std::move(pixels)),
      m_labels(std::move(labels)),
      m_preprocessing(std::move(preprocessing)),
      m_affine(network.affine)
{
    const auto elements = std::visit([](const auto& p) { return p.size(); }, m_pixels);
    m_size = elements / static_cast<std::size_t>(m_shape.size());
}

void apply_affine(const InputAffine& affine, const Shape& shape, std::vector<float>& images)
{
    const std::size_t plane = static_cast<std::size_t>(shape.h) * shape.w;
    for (std::size_t i = 0; !affine.none() && i < images.size(); ++i) {
        const std::size_t c = affine.scale.size() > 1 ? i / plane % shape.c : 0;
        images[i] =
            static_cast<float>(static_cast<double>(affine.scale[c]) * images[i] + affine.shift[c]);
    }
}

std::vector<float> Dataset::images(std::size_t first, std::size_t count) const
{
    const auto image = static_cast<std::size_t>(m_shape.size());
    const std::size_t plane = static_cast<std::size_t>(m_shape.h) * m_shape.w;
    const auto entry = [](const std::vector<float>& list, std::size_t c, float fallback) {
        return list.empty() ? fallback : list.size() == 1 ? list[0] : list[c];
    };
    std::vector<float> result(count * image);
    const auto convert = [&](const auto& pixels) {
        for (std::size_t p = 0; p < result.size() / plane; ++p) {
            const std::size_t c = p % m_shape.c;
            const float mean = entry(m_preprocessing.mean, c, 0.0f),
                        deviation = entry(m_preprocessing.deviation, c, 1.0f);
            for (std::size_t i = p * plane; i < (p + 1) * plane; ++i)
                result[i] =
                    (static_cast<float>(pixels.at(first * image + i)) / m_preprocessing.divisor -
                     mean) /
                    deviation;
        }
    };
    std::visit(convert, m_pixels);
    apply_affine(m_affine, m_shape, result);
    return result;
}

Dataset load_dataset(const DatasetDescription& description, const InputForm& network)
{
    check_preprocessing(description.preprocessing, network.shape);
    Images images = read_images(description, network);
    check_finite(images.pixels, description.images);
    if (images.labels.empty() && !description.labels.empty()) {
        const std::vector<int> all = read_labels(description.labels, images.total);
        const std::size_t taken =
            Selection{description.first, description.count}.taken(images.total, description.images);
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(description.first);
        images.labels.assign(begin, begin + static_cast<std::ptrdiff_t>(taken));
    }
    for (const int label : images.labels)
        if (label < 0 || (network.classes > 0 && label >= network.classes))
            throw InputError(
                fmt::format("{}: label {} is outside the network's {} classes",
                            description.labels.empty() ? description.images : description.labels,
                            label, network.classes));
    Dataset set(network, std::move(images.pixels), std::move(images.labels),
                description.preprocessing);
    set.set_left_out(std::move(images.left_out));
    return set;
}

}  // namespace imc::compiler
