// SPDX-License-Identifier: Apache-2.0
/// A crossbar read by read, in plain loops from docs/models/crossbar.md: the slow twin of the
/// bit-serial kernel.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "crossbar/config.h"
#include "models/crossbar/naive_conv.h"

namespace imc::test {

struct NaiveReads {
    const Problem& problem;
    const crossbar::Config& config;
    int planes;
    std::uint64_t clipped = 0;

    int read_rows() const
    {
        return static_cast<int>(
            config.activation == crossbar::Activation::full_array ? config.rows : config.ou_rows);
    }

    std::int64_t convert(std::int64_t sum, bool differential)
    {
        const std::int64_t high =
            config.adc_bits == 1.5 ? (differential ? 1 : 2) : (1 << int(config.adc_bits)) - 1;
        const std::int64_t low = differential ? -high : 0;
        if (config.adc_lossless || (sum >= low && sum <= high)) return sum;
        ++clipped;
        return sum < low ? low : high;
    }

    /// Digit of `bits` bits of a code from bit `first` on; two's complement codes as their bits.
    static int bits_of(int code, int first, int bits)
    {
        return (code >> first) & ((1 << bits) - 1);
    }

    struct Cycle {
        int first, bits, sign;
    };
    std::vector<Cycle> cycles() const
    {
        std::vector<Cycle> list;
        const int magnitude = problem.format.bits - (problem.format.is_signed ? 1 : 0);
        for (int b = 0; b < magnitude; b += static_cast<int>(config.dac_bits))
            list.push_back({b, std::min(static_cast<int>(config.dac_bits), magnitude - b), 1});
        if (problem.format.is_signed) list.push_back({magnitude, 1, -1});
        return list;
    }

    /// One read of one column, slice and input cycle.
    std::int64_t read(const std::vector<int>& weights, const std::vector<int>& inputs, int slice,
                      bool count_unit)
    {
        const int c = static_cast<int>(config.cell_bits);
        const int top = (1 << c) - 1;
        std::int64_t positive = 0, negative = 0, unit = 0, digits = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const int stored = config.sign == crossbar::SignMode::offset
                                   ? weights[i] + (1 << (planes - 1))
                                   : std::abs(weights[i]);
            const int digit = bits_of(stored, slice * c, c);
            const bool minus = config.sign != crossbar::SignMode::offset && weights[i] < 0;
            (minus ? negative : positive) += std::int64_t{digit} * inputs[i];
            unit += inputs[i];
            digits += digit;
        }
        if (config.sign == crossbar::SignMode::diff_analog)
            return convert(positive - negative, true);
        if (config.sign == crossbar::SignMode::diff_digital)
            return convert(positive, false) - convert(negative, false);
        const std::uint64_t before = clipped;
        const std::int64_t unit_code = convert(unit, false);
        if (!count_unit) clipped = before;
        const bool flip = 2 * digits > static_cast<std::int64_t>(weights.size()) * top;
        return flip ? top * unit_code - convert(top * unit - positive, false)
                    : convert(positive, false);
    }

    std::int64_t dot(const std::vector<int>& weights, const std::vector<int>& inputs,
                     bool first_output)
    {
        const int c = static_cast<int>(config.cell_bits);
        std::int64_t acc = 0;
        for (const Cycle& cycle : cycles())
            for (std::size_t row = 0; row < weights.size(); row += read_rows()) {
                const std::size_t end = std::min(weights.size(), row + read_rows());
                const std::vector<int> w(weights.begin() + row, weights.begin() + end);
                std::vector<int> digits;
                std::int64_t unit = 0;
                for (std::size_t i = row; i < end; ++i) {
                    digits.push_back(bits_of(inputs[i], cycle.first, cycle.bits));
                    unit += digits.back();
                }
                std::int64_t sum = 0;
                for (int s = 0; s * c < planes; ++s)
                    sum +=
                        read(w, digits, s, first_output && s == 0) * (std::int64_t{1} << (s * c));
                if (config.sign == crossbar::SignMode::offset) {
                    const std::uint64_t before = clipped;
                    sum -= convert(unit, false) * (1 << (planes - 1));
                    clipped = before;
                }
                acc += sum * cycle.sign * (std::int64_t{1} << cycle.first);
            }
        return acc;
    }

    std::vector<std::int64_t> run()
    {
        const auto& s = problem.shape;
        std::vector<std::int64_t> acc;
        for (int o = 0; o < s.out_channels; ++o)
            for (int p = 0; p < s.out_width; ++p) {
                std::vector<int> weights, inputs;
                for (int i = 0; i < s.k(); ++i) {
                    const int kw = i % s.kernel_w, kh = i / s.kernel_w % s.kernel_h,
                              c = i / s.kernel_w / s.kernel_h;
                    weights.push_back(problem.weights[static_cast<std::size_t>(o) * s.k() + i]);
                    inputs.push_back(
                        problem.at(o / s.outputs_per_group() * s.channels_per_group() + c, kh,
                                   p * s.stride + kw * s.dilation - s.pad_left));
                }
                acc.push_back(dot(weights, inputs, o % s.outputs_per_group() == 0));
            }
        return acc;
    }
};

}  // namespace imc::test
