// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/dyadic_form.h"

#include "common/error.h"
#include "compiler/quantize/fixed_point.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

int bits_of(std::int64_t value)
{
    int bits = 0;
    for (auto rest = static_cast<std::uint64_t>(value < 0 ? -value : value); rest != 0; rest >>= 1)
        ++bits;
    return bits;
}

/// What an entry multiplies by, as a real number.
double factor_of(imc_requant_kind kind, const imc_requant& e)
{
    switch (kind) {
        case IMC_REQUANT_ONNX:
        case IMC_REQUANT_PER_CONVERSION:
            return std::ldexp(static_cast<double>(e.multiplier) / static_cast<double>(e.divisor),
                              e.shift);
        case IMC_REQUANT_TFLITE:
            return std::ldexp(static_cast<double>(e.multiplier), e.shift - 31);
        case IMC_REQUANT_DYADIC:
            return std::ldexp(static_cast<double>(e.multiplier), -e.shift);
        case IMC_REQUANT_NONE:
            break;
    }
    return 1.0;
}

std::int64_t rounded_shift(std::int64_t value, int by)
{
    return by == 0 ? value : (value + (std::int64_t{1} << (by - 1))) >> by;
}

/// Entries of one layer that share a shift lose `by` bits of it.
void shorten(imc_requant& e, int by, bool bias_is_scaled)
{
    e.multiplier = rounded_shift(e.multiplier, by);
    if (bias_is_scaled) e.bias = rounded_shift(e.bias, by);
    e.shift -= by;
}

class Converter {
public:
    Converter(const QNet& net, QLayer& layer, const DyadicLimits& limits)
        : m_net(net), m_layer(layer), m_limits(limits)
    {
    }

    void kind()
    {
        if (m_layer.requant == IMC_REQUANT_DYADIC) return;
        if (m_layer.op == IMC_STAGE_ADD) return sum_kind();
        const bool keeps = m_layer.requant == IMC_REQUANT_NONE;
        if (keeps && m_layer.op != IMC_STAGE_AVGPOOL) return;
        if (m_layer.op == IMC_STAGE_AVGPOOL && m_layer.scale.empty()) m_layer.scale.emplace_back();
        for (auto& e : m_layer.scale) {
            const double factor = m_layer.op == IMC_STAGE_AVGPOOL && keeps_scale()
                                      ? 1.0
                                      : factor_of(m_layer.requant, e);
            e = bias_is_scaled() ? dyadic_affine(factor, offset_of(e)) : dyadic(factor, e.bias);
            drop_zeros(e);
        }
        m_layer.requant = IMC_REQUANT_DYADIC;
    }

    void width()
    {
        if (m_layer.requant != IMC_REQUANT_DYADIC) return;
        if (m_layer.op == IMC_STAGE_ADD) return sum_width();
        for (auto& e : m_layer.scale) {
            const int spare = excess(bits_of(e.multiplier), e.shift, bits_of(e.bias));
            if (spare > 0) shorten(e, std::min(spare, e.shift), bias_is_scaled());
            check(e);
        }
    }

private:
    const QTensor& input(std::size_t i = 0) const { return m_net.tensors[m_layer.inputs[i]]; }
    bool keeps_scale() const  // pools of these kinds take no constants (docs/numbers.md)
    {
        return m_layer.requant == IMC_REQUANT_NONE || m_layer.requant == IMC_REQUANT_TFLITE;
    }
    /// Copies and affine layers: the bias is in units of the product.
    bool bias_is_scaled() const
    {
        return m_layer.op != IMC_STAGE_CONV && m_layer.op != IMC_STAGE_AVGPOOL;
    }
    double offset_of(const imc_requant& e) const
    {
        const auto bias = static_cast<double>(e.bias);
        if (m_layer.requant == IMC_REQUANT_TFLITE) return bias * factor_of(m_layer.requant, e);
        return std::ldexp(bias / static_cast<double>(e.divisor), e.shift);
    }
    static void drop_zeros(imc_requant& e)
    {
        while (e.shift > 0 && e.multiplier % 2 == 0 && e.bias == 0 && e.multiplier != 0)
            shorten(e, 1, false);
    }

    /// Columns of the words that the multiplier meets.
    int word_bits() const
    {
        const auto& g = m_layer.geometry;
        std::size_t terms = 1;
        int bits = static_cast<int>(input().bits);
        if (m_layer.op == IMC_STAGE_CONV) {
            terms = m_layer.weights.size() / m_net.tensors[m_layer.output].channels;
            bits += static_cast<int>(m_layer.weight_bits);
        } else if (m_layer.op == IMC_STAGE_AVGPOOL) {
            terms = std::size_t{g.kernel_h} * g.kernel_w;
        }
        return bits + bits_of(static_cast<std::int64_t>(terms) - 1);
    }
    int count_bits() const
    {
        const auto& g = m_layer.geometry;
        return m_layer.op == IMC_STAGE_AVGPOOL ? bits_of(std::int64_t{g.kernel_h} * g.kernel_w) : 0;
    }
    int output_bits() const
    {
        const QTensor& out = m_net.tensors[m_layer.output];
        return 1 + std::max(bits_of(std::int64_t{out.max} - out.min),
                            bits_of(std::int64_t{out.zero_point} - out.min));
    }
    /// Bits by which a multiplier, or the shift with it, is too long.
    int excess(int multiplier, int shift, int bias) const
    {
        const int room = static_cast<int>(m_limits.word_bits);
        const int word = bias_is_scaled() ? word_bits() : std::max(word_bits(), bias) + 1;
        return std::max({multiplier - static_cast<int>(m_limits.multiplier_bits),
                         word + multiplier + 1 - room, shift + output_bits() + count_bits() - room,
                         bias_is_scaled() ? bias + 1 - room : 0});
    }
    void check(const imc_requant& e) const
    {
        if (excess(std::min(bits_of(e.multiplier), 1), 0, bits_of(e.bias)) > 0)
            throw InputError(fmt::format(
                "layer '{}': sums of {} bits leave no room for requantisation in words of {} bits",
                m_layer.name, word_bits(), m_limits.word_bits));
    }

    void sum_kind()
    {
        std::vector<double> factors;
        const imc_requant common = m_layer.scale.back();
        for (std::size_t i = 0; i + 1 < m_layer.scale.size(); ++i)
            factors.push_back(std::ldexp(static_cast<double>(m_layer.scale[i].multiplier),
                                         m_layer.scale[i].shift) *
                              factor_of(m_layer.requant, common));
        auto entries = dyadic_sum(factors);
        for (std::size_t i = 0; i + 1 < entries.size(); ++i)
            entries[i].bias = m_layer.scale[i].bias;
        m_layer.scale = std::move(entries);
        m_layer.requant = IMC_REQUANT_DYADIC;
    }
    void sum_width()
    {
        auto& common = m_layer.scale.back();
        int longest = 0, streams = static_cast<int>(m_layer.inputs.size());
        for (std::size_t i = 0; i + 1 < m_layer.scale.size(); ++i)
            longest = std::max(longest, bits_of(m_layer.scale[i].multiplier));
        int word = 0;
        for (std::size_t i = 0; i < m_layer.inputs.size(); ++i)
            word = std::max(word, static_cast<int>(input(i).bits) + 1);
        const int room = static_cast<int>(m_limits.word_bits);
        const int spare =
            std::max({longest - static_cast<int>(m_limits.multiplier_bits),
                      word + longest + streams - room, common.shift + output_bits() - room});
        const int by = std::min(spare, common.shift);
        if (by <= 0) return;
        for (auto& e : m_layer.scale)
            e.multiplier = rounded_shift(e.multiplier, by);
        common.bias = rounded_shift(common.bias, by);
        common.shift -= by;
    }

    const QNet& m_net;
    QLayer& m_layer;
    const DyadicLimits& m_limits;
};

/// Codes may be wider than the scheme's name for them: ternary weights are "1 bit".
unsigned needed_bits(const std::vector<std::int16_t>& codes)
{
    const auto [low, high] = std::minmax_element(codes.begin(), codes.end());
    unsigned bits = 1;
    while (*low < -(1 << (bits - 1)) || *high >= (1 << (bits - 1)))
        ++bits;
    return bits;
}

}  // namespace

void to_dyadic_form(QNet& net, QLayer& layer, const DyadicLimits& limits)
{
    if (layer.op == IMC_STAGE_LUT) return;
    if (layer.op == IMC_STAGE_CONV && !layer.weights.empty())
        layer.weight_bits = std::max(layer.weight_bits, needed_bits(layer.weights));
    Converter converter(net, layer, limits);
    converter.kind();
    converter.width();
}

}  // namespace imc::compiler
