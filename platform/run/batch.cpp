// SPDX-License-Identifier: Apache-2.0
#include "run/batch.h"

#include "common/error.h"
#include "data/npy.h"

#include <fmt/format.h>

namespace imc::run {

namespace {

/// The shape of a batch that the model takes.
std::string wanted_shape(const compiler::Shape& shape, bool nhwc)
{
    if (shape.h == 1 && shape.w == 1) return fmt::format("(N, {})", shape.c);
    return nhwc ? fmt::format("(N, {}, {}, {})", shape.h, shape.w, shape.c)
                : fmt::format("(N, {}, {}, {})", shape.c, shape.h, shape.w);
}

bool fits(const std::vector<std::size_t>& dims, const compiler::Shape& shape, bool nhwc)
{
    const auto c = static_cast<std::size_t>(shape.c), h = static_cast<std::size_t>(shape.h),
               w = static_cast<std::size_t>(shape.w);
    if (dims.size() == 2) return h == 1 && w == 1 && dims[1] == c;
    if (dims.size() != 4) return false;
    return nhwc ? dims[1] == h && dims[2] == w && dims[3] == c
                : dims[1] == c && dims[2] == h && dims[3] == w;
}

/// (H, W, C) to (C, H, W), image by image.
void reorder(std::vector<float>& numbers, const compiler::Shape& shape)
{
    const auto size = static_cast<std::size_t>(shape.size());
    const auto channels = static_cast<std::size_t>(shape.c), pixels = size / channels;
    std::vector<float> image(size);
    for (std::size_t first = 0; first < numbers.size(); first += size) {
        for (std::size_t p = 0; p < pixels; ++p) {
            for (std::size_t c = 0; c < channels; ++c)
                image[c * pixels + p] = numbers[first + p * channels + c];
        }
        std::copy(image.begin(), image.end(), numbers.begin() + static_cast<std::ptrdiff_t>(first));
    }
}

}  // namespace

Batch read_batch(const std::string& path, const compiler::Shape& shape, bool nhwc,
                 std::size_t limit)
{
    const auto array = data::read_npy(path);
    if (!fits(array.shape, shape, nhwc))
        throw InputError(fmt::format("{}: a batch of shape {}; the model takes {}", path,
                                     data::shape_text(array.shape), wanted_shape(shape, nhwc)));
    if (array.shape[0] == 0) throw InputError(path + ": an empty batch; give at least one image");
    Batch batch;
    batch.count = std::min(limit, array.shape[0]);
    batch.numbers = array.to_float(path);
    batch.numbers.resize(batch.count * static_cast<std::size_t>(shape.size()));
    if (nhwc && array.shape.size() == 4) reorder(batch.numbers, shape);
    return batch;
}

}  // namespace imc::run
