// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/build_layers.h"

#include "compiler/quantize/requant_entries.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

void use_given(const Quantization& given, QTensor& tensor)
{
    tensor.is_signed =
        given.dtype == DType::int8 || given.dtype == DType::int16 || given.dtype == DType::int32;
    tensor.bits = given.dtype == DType::int32                                   ? 32
                  : given.dtype == DType::int16 || given.dtype == DType::uint16 ? 16
                                                                                : 8;
    tensor.scale = given.scales[0];
    tensor.zero_point = given.zero_points[0];
    tensor.min = dtype_lowest(given.dtype);
    tensor.max = dtype_highest(given.dtype);
}

/// Values of one sign need no zero point; of both, either a zero point inside unsigned codes or
/// symmetric signed codes.
void use_range(const PlannedTensor& planned, const QuantOptions& options, QTensor& tensor)
{
    const double low = std::min(0.0, static_cast<double>(planned.low)),
                 high = std::max(0.0, static_cast<double>(planned.high));
    tensor.bits = planned.bits;
    const bool wide = planned.bits > 8;
    if (low < 0.0 && (wide || options.signed_activations == SignedActivations::twos_complement)) {
        tensor.is_signed = true;
        tensor.max = static_cast<std::int32_t>((std::int64_t{1} << (planned.bits - 1)) - 1);
        tensor.min = -tensor.max;
        const double largest = std::max(-low, high);
        tensor.scale = scale_of_rule(options.requant, largest > 0.0 ? largest / tensor.max : 1.0);
        return;
    }
    tensor.is_signed = false;
    tensor.min = 0;
    tensor.max = static_cast<std::int32_t>((std::int64_t{1} << planned.bits) - 1);
    tensor.scale = scale_of_rule(options.requant, high > low ? (high - low) / tensor.max : 1.0);
    tensor.zero_point = static_cast<std::int32_t>(std::lround(-low / tensor.scale));
}

}  // namespace

QTensor build_tensor(const Graph& graph, const PlannedTensor& planned, const QuantOptions& options)
{
    QTensor tensor;
    const Value& value = graph.values[planned.value];
    tensor.name = value.name;
    tensor.channels = static_cast<unsigned>(value.shape.c);
    tensor.height = static_cast<unsigned>(value.shape.h);
    tensor.width = static_cast<unsigned>(value.shape.w);
    if (planned.given != nullptr) {
        use_given(*planned.given, tensor);
        return tensor;
    }
    use_range(planned, options, tensor);
    return tensor;
}

}  // namespace imc::compiler
