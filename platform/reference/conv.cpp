// SPDX-License-Identifier: Apache-2.0
// Convolutions and matrix products: exact sums, then requantisation.
#include "reference/column.h"
#include "reference/patches.h"

#include <algorithm>
#include <cstdlib>

namespace imc::reference {

namespace {

/// Exact int32 sum of 16-bit products: the caller has shown that it cannot overflow. Compilers turn
/// it into pmaddwd.
std::int32_t dot_32(const std::int16_t* a, const std::int16_t* b, std::size_t n)
{
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += std::int32_t{a[i]} * b[i];
    return sum;
}

/// Exact sum of any length: pieces of `safe` products in int32.
std::int64_t dot(const std::int16_t* a, const std::int16_t* b, std::size_t n, std::size_t safe)
{
    std::int64_t sum = 0;
    for (std::size_t at = 0; at < n; at += safe)
        sum += dot_32(a + at, b + at, std::min(safe, n - at));
    return sum;
}

std::int64_t dot(const std::int32_t* a, const std::int16_t* b, std::size_t n, std::size_t)
{
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += std::int64_t{a[i]} * b[i];
    return sum;
}

std::int64_t largest_magnitude(const std::vector<std::int16_t>& values)
{
    std::int64_t largest = 0;
    for (const std::int16_t value : values)
        largest = std::max<std::int64_t>(largest, std::abs(std::int64_t{value}));
    return largest;
}

std::int64_t largest_input(const Work& work)
{
    std::int64_t largest = 0;
    for (const std::int32_t code : *work.codes[0])
        largest = std::max(largest, std::abs(std::int64_t{code} - work.in[0]->zero_point));
    return largest;
}

template <typename T>
void plain_conv(const Work& work, std::size_t safe)
{
    const Patches<T> patches(work, work.in[0]->zero_point, 0);
    const std::size_t rows = patches.rows();
    const unsigned per_group = work.out.channels / work.layer.geometry.groups;
    for_each_row(work, patches, [&](unsigned group, unsigned y, const T* gathered) {
        for (unsigned o = group * per_group; o < (group + 1) * per_group; ++o) {
            const Scaling scaling = work.scaling(o);
            const std::int16_t* weights = work.layer.weights.data() + o * rows;
            std::int32_t* out =
                work.result.data() + (std::size_t{o} * work.out.height + y) * work.out.width;
            for (unsigned x = 0; x < work.out.width; ++x) {
                const std::int64_t acc = dot(gathered + x * rows, weights, rows, safe);
                out[x] = work.finish(rescale(scaling, Wide{acc} + scaling.constants.bias));
            }
        }
    });
}

void check_conv(const Work& work)
{
    const compiler::QGeometry& g = work.layer.geometry;
    if (work.in.size() != 1) refuse(work.layer, "a convolution has one input");
    if (g.groups == 0 || work.in[0]->channels % g.groups != 0 || work.out.channels % g.groups != 0)
        refuse(work.layer, "channels do not divide into groups");
    const std::size_t rows = std::size_t{work.in[0]->channels} / g.groups * g.kernel_h * g.kernel_w;
    if (work.layer.weights.size() != rows * work.out.channels)
        refuse(work.layer, "number of weights is wrong");
    const std::size_t entries = work.layer.scale.size();
    if (entries > 1 && entries != work.out.channels)
        refuse(work.layer, "needs one entry a channel");
}

}  // namespace

void evaluate_conv(const Work& work)
{
    check_conv(work);
    if (work.layer.codebook) return evaluate_codebook_conv(work);
    if (work.layer.column) return evaluate_column(work);
    const std::int64_t input = largest_input(work), weight = largest_magnitude(work.layer.weights);
    const std::int64_t product = std::max<std::int64_t>(1, input * weight);
    const auto safe = static_cast<std::size_t>(INT32_MAX / product);
    if (input <= INT16_MAX && safe >= 32)  // shorter pieces cost more than 64-bit sums
        plain_conv<std::int16_t>(work, safe);
    else
        plain_conv<std::int32_t>(work, 0);
}

}  // namespace imc::reference
