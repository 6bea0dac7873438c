// SPDX-License-Identifier: Apache-2.0
/// NPY, IDX, raw and CIFAR files.
#include "compiler/data/file_bytes.h"
#include "compiler/data/npy.h"
#include "compiler/data/readers.h"

#include "common/error.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

namespace imc::compiler {

namespace {

std::string form_text(const InputForm& network)
{
    const Shape& s = network.shape;
    if (s.h == 1 && s.w == 1) return fmt::format("(N,{})", s.c);
    if (s.w == 1) return fmt::format("(N,{},{})", s.c, s.h);
    return network.nhwc ? fmt::format("(N,{},{},{})", s.h, s.w, s.c)
                        : fmt::format("(N,{},{},{})", s.c, s.h, s.w);
}

bool fits(const std::vector<std::int64_t>& dims, const InputForm& network)
{
    const Shape& s = network.shape;
    const std::vector<std::int64_t> image(dims.begin() + 1, dims.end());
    std::int64_t elements = 1;
    for (const std::int64_t dim : image)
        elements *= dim;
    if (elements != s.size()) return false;
    const bool flat = (s.h == 1 && s.w == 1) || image.size() == 1;
    const bool grey = s.c == 1 && image == std::vector<std::int64_t>{s.h, s.w};
    const std::vector<std::int64_t> planes{s.c, s.h, s.w}, interleaved{s.h, s.w, s.c};
    const bool line = s.w == 1 && image == std::vector<std::int64_t>{s.c, s.h};
    return flat || grey || line || image == (network.nhwc ? interleaved : planes);
}

/// The selected part of a whole array of images, reordered where the network's files are (N, H, W,
/// C).
template <typename T>
std::vector<T> select(const std::vector<T>& all, const InputForm& network,
                      const Selection& selection, std::size_t taken)
{
    const auto image = static_cast<std::size_t>(network.shape.size());
    std::vector<T> part(taken * image);
    for (std::size_t i = 0; i < taken; ++i) {
        const T* from = all.data() + (selection.first + i) * image;
        if (network.nhwc)
            planes_from_interleaved(from, network.shape, part.data() + i * image);
        else
            std::memcpy(part.data() + i * image, from, image * sizeof(T));
    }
    return part;
}

/// IDX: 0, 0, type 8 (unsigned byte), rank, then big-endian 32-bit dimensions (LeCun's MNIST page).
struct Idx {
    std::vector<std::int64_t> dims;
    std::size_t data = 0;
};

Idx parse_idx(const std::string& bytes, const std::string& path)
{
    const auto byte = [&](std::size_t at) {
        return static_cast<std::int64_t>(static_cast<unsigned char>(bytes[at]));
    };
    if (bytes.size() >= 2 && byte(0) == 0x1F && byte(1) == 0x8B)
        throw InputError(path + ": is compressed; unpack it with gunzip first");
    if (bytes.size() < 8 || byte(0) != 0 || byte(1) != 0 || byte(2) != 8 || byte(3) < 1 ||
        byte(3) > 4)
        throw InputError(path + ": is not an IDX file of unsigned bytes");
    Idx idx;
    const auto rank = static_cast<std::size_t>(byte(3));
    idx.data = 4 + 4 * rank;
    if (bytes.size() < idx.data) throw InputError(path + ": IDX header is cut short");
    std::int64_t count = 1;
    for (std::size_t at = 4; at < idx.data; at += 4) {
        idx.dims.push_back(byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3));
        if (idx.dims.back() > 0 && count > (std::int64_t{1} << 40) / idx.dims.back())
            throw InputError(path + ": IDX dimensions are absurd");
        count *= idx.dims.back();
    }
    if (static_cast<std::int64_t>(bytes.size() - idx.data) != count)
        throw InputError(
            fmt::format("{}: {} bytes of data where the IDX header needs {}; cut short?", path,
                        bytes.size() - idx.data, count));
    return idx;
}

std::vector<int> text_labels(const std::string& bytes, const std::string& path)
{
    std::vector<int> labels;
    std::size_t at = 0;
    while ((at = bytes.find_first_not_of(" \t\r\n", at)) != std::string::npos) {
        const std::size_t end = std::min(bytes.find_first_of(" \t\r\n", at), bytes.size());
        const std::string word = bytes.substr(at, end - at);
        if (word.size() > 8 || word.find_first_not_of("0123456789") != std::string::npos)
            throw InputError(fmt::format("{}: '{}' is not a label; one number a line is needed",
                                         path, word.substr(0, 20)));
        labels.push_back(std::stoi(word));
        at = end;
    }
    return labels;
}

std::vector<int> raw_labels(const std::string& bytes, std::size_t total, const std::string& path)
{
    const std::size_t width = total > 0 && bytes.size() % total == 0 ? bytes.size() / total : 0;
    if (width != 1 && width != 2 && width != 4)
        throw InputError(
            fmt::format("{}: {} bytes of labels for {} images; 1, 2 or 4 bytes each are needed",
                        path, bytes.size(), total));
    std::vector<int> labels;
    for (std::size_t i = 0; i < total; ++i) {
        std::uint32_t label = 0;
        for (std::size_t b = 0; b < width; ++b)
            label |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i * width + b]))
                     << (8 * b);
        labels.push_back(static_cast<int>(label));
    }
    return labels;
}

std::vector<int> npy_labels(const std::string& path)
{
    const NpyArray array = read_npy(path);
    if (array.data.index() == 0)
        throw InputError(path + ": labels are floats; save them as integers");
    if (array.dims.empty() || array.size() != array.dims[0])
        throw InputError(path + ": labels are no list; save one number an image");
    std::vector<int> labels;
    const auto take = [&](const auto& numbers) {
        for (const auto number : numbers) {
            const auto label = static_cast<std::int64_t>(+number);
            if (label < 0 || label > std::numeric_limits<int>::max())
                throw InputError(
                    fmt::format("{}: label {} is none; labels count from 0", path, label));
            labels.push_back(static_cast<int>(label));
        }
    };
    std::visit(take, array.data);
    return labels;
}

}  // namespace

Images read_npy_images(const std::string& path, const InputForm& network,
                       const Selection& selection)
{
    NpyArray array = read_npy(path);
    std::string dims;
    for (const std::int64_t dim : array.dims)
        dims += (dims.empty() ? "" : ",") + std::to_string(dim);
    if (array.dims.size() < 2 || !fits(array.dims, network))
        throw InputError(fmt::format("{}: shape ({}), but the network takes {}", path, dims,
                                     form_text(network)));
    Images images;
    images.total = static_cast<std::size_t>(array.dims[0]);
    const std::size_t taken = selection.taken(images.total, path);
    if (const auto* floats = std::get_if<std::vector<float>>(&array.data))
        images.pixels = select(*floats, network, selection, taken);
    else if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.data))
        images.pixels = select(*bytes, network, selection, taken);
    else if (const auto* codes = std::get_if<std::vector<std::int8_t>>(&array.data))
        images.pixels =
            select(std::vector<float>(codes->begin(), codes->end()), network, selection, taken);
    else
        throw InputError(path + ": images must be float32, uint8 or int8");
    return images;
}

Images read_idx_images(const std::string& path, const InputForm& network,
                       const Selection& selection)
{
    const std::string bytes = read_file(path);
    const Idx idx = parse_idx(bytes, path);
    const InputForm planes{network.shape, false, network.classes};
    if (idx.dims.size() < 2 || !fits(idx.dims, planes))
        throw InputError(fmt::format(
            "{}: images of {} bytes, but the network takes {}", path,
            idx.dims[0] > 0 ? static_cast<std::int64_t>(bytes.size() - idx.data) / idx.dims[0] : 0,
            form_text(network)));
    Images images;
    images.total = static_cast<std::size_t>(idx.dims[0]);
    const std::size_t taken = selection.taken(images.total, path);
    images.pixels = select(std::vector<std::uint8_t>(
                               bytes.begin() + static_cast<std::ptrdiff_t>(idx.data), bytes.end()),
                           planes, selection, taken);
    return images;
}

Images read_raw_images(const std::string& path, const InputForm& network,
                       const Selection& selection, bool floats)
{
    const std::string bytes = read_file(path);
    const std::size_t image =
        static_cast<std::size_t>(network.shape.size()) * (floats ? sizeof(float) : 1);
    if (bytes.size() % image != 0)
        throw InputError(fmt::format(
            "{}: {} bytes are no multiple of an image of {} bytes; the network takes {}", path,
            bytes.size(), image, form_text(network)));
    Images images;
    images.total = bytes.size() / image;
    const std::size_t taken = selection.taken(images.total, path);
    const char* begin = bytes.data() + selection.first * image;
    if (floats) {
        std::vector<float> numbers(taken * image / sizeof(float));
        std::memcpy(numbers.data(), begin, taken * image);
        images.pixels = std::move(numbers);
    } else {
        images.pixels = std::vector<std::uint8_t>(begin, begin + taken * image);
    }
    return images;
}

Images read_cifar_images(const std::string& path, const InputForm& network,
                         const Selection& selection, std::size_t label_bytes)
{
    if (network.shape != Shape{3, 32, 32})
        throw InputError(fmt::format("{}: CIFAR images are (3,32,32), but the network takes {}",
                                     path, form_text(network)));
    const std::string bytes = read_file(path);
    const std::size_t record = label_bytes + 3072;
    if (bytes.size() % record != 0)
        throw InputError(fmt::format("{}: {} bytes are no multiple of a CIFAR record of {}", path,
                                     bytes.size(), record));
    Images images;
    images.total = bytes.size() / record;
    const std::size_t taken = selection.taken(images.total, path);
    std::vector<std::uint8_t> pixels;
    pixels.reserve(taken * 3072);
    for (std::size_t i = selection.first; i < selection.first + taken; ++i) {
        const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data()) + i * record;
        images.labels.push_back(start[label_bytes - 1]);
        pixels.insert(pixels.end(), start + label_bytes, start + record);
    }
    images.pixels = std::move(pixels);
    return images;
}

std::vector<int> read_labels(const std::string& path, std::size_t total)
{
    const auto ends_with = [&](const std::string& end) {
        return path.size() >= end.size() &&
               path.compare(path.size() - end.size(), end.size(), end) == 0;
    };
    std::vector<int> labels;
    if (ends_with(".npy")) {
        labels = npy_labels(path);
    } else {
        const std::string bytes = read_file(path);
        const bool idx = path.find("ubyte") != std::string::npos;
        if (ends_with(".txt") || ends_with(".csv"))
            labels = text_labels(bytes, path);
        else if (idx) {
            const Idx header = parse_idx(bytes, path);
            for (std::size_t at = header.data; at < bytes.size(); ++at)
                labels.push_back(static_cast<unsigned char>(bytes[at]));
        } else
            labels = raw_labels(bytes, total, path);
    }
    if (labels.size() != total)
        throw InputError(fmt::format("{}: {} labels for {} images", path, labels.size(), total));
    return labels;
}

}  // namespace imc::compiler
