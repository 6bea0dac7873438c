// SPDX-License-Identifier: Apache-2.0
/// Random one-row convolutions and their plain evaluation, written from the definition of
/// convolution alone.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "common/error.h"
#include "crossbar/kernel/row_shape.h"

namespace imc::test {

struct Problem {
    crossbar::RowShape shape;
    crossbar::ActivationFormat format;
    int weight_bits = 8;
    std::int32_t pad_code = 0;
    std::vector<std::int16_t> weights;  ///< [out][k]
    std::vector<std::vector<std::int32_t>>
        input;  ///< [kernel_h] rows of [channels][width]; empty is padding

    std::vector<const std::int32_t*> row_pointers() const
    {
        std::vector<const std::int32_t*> rows;
        for (const auto& row : input)
            rows.push_back(row.empty() ? nullptr : row.data());
        return rows;
    }

    std::int32_t at(int channel, int kh, int x) const
    {
        if (input[kh].empty() || x < 0 || x >= shape.in_width) return pad_code;
        return input[kh][static_cast<std::size_t>(channel) * shape.in_width + x];
    }

    std::vector<std::int64_t> naive() const
    {
        std::vector<std::int64_t> acc;
        for (int o = 0; o < shape.out_channels; ++o)
            for (int p = 0; p < shape.out_width; ++p) {
                std::int64_t sum = 0;
                const std::int16_t* w = weights.data() + static_cast<std::size_t>(o) * shape.k();
                for (int c = 0; c < shape.channels_per_group(); ++c)
                    for (int kh = 0; kh < shape.kernel_h; ++kh)
                        for (int kw = 0; kw < shape.kernel_w; ++kw, ++w)
                            sum +=
                                std::int64_t{*w} *
                                at(o / shape.outputs_per_group() * shape.channels_per_group() + c,
                                   kh, p * shape.stride + kw * shape.dilation - shape.pad_left);
                acc.push_back(sum);
            }
        return acc;
    }

    std::string describe() const
    {
        const auto& s = shape;
        std::string text;
        for (const int v : {s.in_channels, s.in_width, s.out_channels, s.out_width, s.kernel_h,
                            s.kernel_w, s.stride, s.pad_left, s.dilation, s.groups, format.bits,
                            static_cast<int>(format.is_signed), weight_bits})
            text += std::to_string(v) + " ";
        return text;
    }

    /// Weights symmetric within `weight_bits` including sign, so that every sign mode can hold
    /// them.
    static Problem random(std::mt19937& random, int most_bits = 16)
    {
        const auto pick = [&](int low, int high) {
            return std::uniform_int_distribution<int>(low, high)(random);
        };
        Problem p;
        auto& s = p.shape;
        s.groups = pick(0, 3) == 0 ? pick(2, 4) : 1;
        s.in_channels = s.groups * pick(1, 20);
        s.out_channels = s.groups * (pick(0, 2) == 0 ? pick(1, 3) : pick(1, 70));
        s.kernel_h = pick(1, 3);
        s.kernel_w = pick(1, 5);
        s.stride = pick(1, 3);
        s.dilation = pick(1, 2);
        s.pad_left = pick(0, 3);
        s.in_width = pick(1, 30);
        s.out_width = pick(1, 40);
        p.format.bits = pick(1, most_bits);
        p.format.is_signed = p.format.bits > 1 && pick(0, 1) == 1;
        p.weight_bits = pick(2, most_bits);
        p.pad_code = pick(p.format.lowest(), p.format.highest());
        const int top = (1 << (p.weight_bits - 1)) - 1;
        p.weights.resize(static_cast<std::size_t>(s.out_channels) * s.k());
        for (auto& w : p.weights)
            w = static_cast<std::int16_t>(pick(-top, top));
        p.input.resize(s.kernel_h);
        for (auto& row : p.input) {
            if (pick(0, 5) == 0) continue;
            row.resize(static_cast<std::size_t>(s.in_channels) * s.in_width);
            for (auto& code : row)
                code = pick(p.format.lowest(), p.format.highest());
        }
        return p;
    }
};

}  // namespace imc::test
