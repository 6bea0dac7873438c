// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/requant_entries.h"

#include "common/error.h"
#include "compiler/quantize/fixed_point.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

double quotient(const std::vector<double>& numerators, double divisor)
{
    double product = numerators[0];
    for (std::size_t i = 1; i < numerators.size(); ++i)
        product *= numerators[i];
    return product / divisor;
}

std::vector<float> as_floats(const std::vector<double>& values)
{
    std::vector<float> floats;
    for (const double v : values)
        floats.push_back(static_cast<float>(v));
    return floats;
}

}  // namespace

imc_requant_kind requant_rule(std::optional<imc_requant_kind> asked, bool given)
{
    return asked.value_or(given ? IMC_REQUANT_ONNX : IMC_REQUANT_DYADIC);
}

imc_requant_kind requant_rule_of_sums(std::optional<imc_requant_kind> asked, bool given)
{
    const imc_requant_kind rule = requant_rule(asked, given);
    return rule == IMC_REQUANT_TFLITE ? IMC_REQUANT_DYADIC : rule;
}

double scale_of_rule(std::optional<imc_requant_kind> asked, double scale)
{
    return asked == IMC_REQUANT_ONNX ? static_cast<double>(static_cast<float>(scale)) : scale;
}

imc_requant ratio_entry(imc_requant_kind rule, const std::vector<double>& numerators,
                        double divisor, std::int64_t bias)
{
    if (rule == IMC_REQUANT_ONNX)
        return exact_ratio(as_floats(numerators), static_cast<float>(divisor), bias);
    const double factor = quotient(numerators, divisor);
    return rule == IMC_REQUANT_TFLITE ? fixed_point_q31(factor, bias) : dyadic(factor, bias);
}

imc_requant affine_entry(imc_requant_kind rule, double factor, double offset, double input,
                         double output)
{
    if (rule != IMC_REQUANT_ONNX) return dyadic_affine(factor * input / output, offset / output);
    return exact_affine({static_cast<float>(factor), static_cast<float>(input)},
                        static_cast<float>(output), offset / output);
}

std::vector<imc_requant> sum_entries(imc_requant_kind rule, const std::vector<double>& scales,
                                     double output)
{
    if (rule == IMC_REQUANT_ONNX) return exact_sum(as_floats(scales), static_cast<float>(output));
    std::vector<double> factors;
    for (const double scale : scales)
        factors.push_back(scale / output);
    return dyadic_sum(factors);
}

void check_sums_fit_tflite(const QNet& net, const QLayer& layer)
{
    const QTensor& in = net.tensors[layer.inputs[0]];
    const std::int64_t largest_code = std::max<std::int64_t>(std::int64_t{in.max} - in.zero_point,
                                                             std::int64_t{in.zero_point} - in.min);
    const std::size_t k = layer.weights.size() / layer.scale.size();
    for (std::size_t c = 0; c < layer.scale.size(); ++c) {
        std::int64_t weights = 0;
        for (std::size_t i = c * k; i < (c + 1) * k; ++i)
            weights += std::abs(static_cast<int>(layer.weights[i]));
        const std::int64_t largest = weights * largest_code + std::llabs(layer.scale[c].bias);
        if (largest > INT32_MAX)
            throw InputError(fmt::format(
                "quantization.requant: layer '{}' has sums up to {}, tflite's fixed point "
                "saturates at {}; take fewer bits, or write onnx or dyadic",
                layer.name, largest, INT32_MAX));
    }
}

}  // namespace imc::compiler
