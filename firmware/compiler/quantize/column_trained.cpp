// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/column_trained.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

QuantOptions trained_options(const QuantOptions& options, const ColumnFile& file)
{
    QuantOptions used = options;
    used.weight_bits = file.weight_bits;
    used.activation_bits = file.activation_bits;
    const ColumnOptions asked = options.column;
    used.column = file.column;
    used.column.parameters = asked.parameters;
    used.column.other_weight_bits = asked.other_weight_bits;
    used.column.samples = asked.samples;
    return used;
}

void use_trained_ranges(const Graph& graph, const ColumnFile& file, Plan& plan)
{
    for (const auto& tensor : file.tensors) {
        const auto value = std::find_if(graph.values.begin(), graph.values.end(),
                                        [&](const Value& v) { return v.name == tensor.name; });
        const int at =
            value == graph.values.end() ? -1 : plan.tensor_of_value[value - graph.values.begin()];
        if (at < 0)
            throw InputError(
                fmt::format("quantization.parameters: the network has no tensor '{}' that "
                            "layers read",
                            tensor.name));
        if (plan.tensors[at].bits != tensor.bits)
            throw InputError(
                fmt::format("quantization.parameters: tensor '{}' has {} bits, not the file's {}",
                            tensor.name, plan.tensors[at].bits, tensor.bits));
        const double high =
            tensor.scale * (std::exp2(tensor.is_signed ? tensor.bits - 1.0 : tensor.bits) - 1.0);
        const int group = plan.tensors[at].group;
        for (auto& planned : plan.tensors)
            if (&planned == &plan.tensors[at] || (group >= 0 && planned.group == group)) {
                planned.low = tensor.is_signed ? static_cast<float>(-high) : 0.0f;
                planned.high = static_cast<float>(high);
            }
    }
}

ColumnCodes trained_codes(const ColumnLayer& layer, const TrainedColumns& trained,
                          const QuantOptions& options)
{
    const unsigned k = layer.channels * layer.kernel;
    ColumnCodes result;
    result.tile_rows =
        std::max(1u, std::min(options.column.array_rows / layer.kernel, layer.channels)) *
        layer.kernel;
    result.tiles = (k + result.tile_rows - 1) / result.tile_rows;
    if (trained.tiles != result.tiles || trained.outputs != layer.out)
        throw InputError(fmt::format(
            "quantization.parameters: layer '{}' has {} tiles of {} outputs, not the file's "
            "{} of {}",
            trained.name, result.tiles, layer.out, trained.tiles, trained.outputs));
    result.scale = trained.weight_scale;
    result.codes.resize(std::size_t{layer.out} * k);
    const double high = std::exp2(options.weight_bits - 1.0) - 1.0;
    for (unsigned o = 0; o < layer.out; ++o)
        for (unsigned i = 0; i < k; ++i) {
            const double scale = result.scale[std::size_t{i / result.tile_rows} * layer.out + o];
            const std::size_t at = std::size_t{o} * k + i;
            result.codes[at] = static_cast<std::int16_t>(
                std::clamp(std::nearbyint((*layer.weights)[at] / scale), -high - 1.0, high));
        }
    return result;
}

}  // namespace imc::compiler
