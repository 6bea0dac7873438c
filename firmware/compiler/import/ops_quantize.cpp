// SPDX-License-Identifier: Apache-2.0
/// QuantizeLinear and DequantizeLinear around activations.
#include "compiler/import/ops.h"

#include <fmt/format.h>

namespace imc::compiler {

void op_quantize_linear(Importer& importer, const OnnxNode& node)
{
    Activation x = importer.activation(node, 0);
    const Quantization q = importer.quantization(node, 1, 2, -1);
    if (q.dtype == DType::int32)
        importer.model().fail(node, "quantises an activation to 32 bits; 8 or 16 are supported");
    x.value = importer.add_node(node, Op::quantize, {x.value}, importer.value(x).shape);
    importer.set_quantization(x.value, q);
    x.integer = true;
    importer.define(node.output(0), x);
}

void op_dequantize_linear(Importer& importer, const OnnxNode& node)
{
    Activation x = importer.any_activation(node, 0);
    if (!x.integer)
        importer.model().fail(node, fmt::format("input '{}' is not quantised", node.input(0)));
    check_grid(importer, node, x, importer.quantization(node, 1, 2, -1));
    x.integer = false;
    importer.define(node.output(0), x);
}

void check_grid(Importer& importer, const OnnxNode& node, const Activation& x,
                const Quantization& q)
{
    if (!importer.value(x).quantization) return importer.set_input_grid(node, x, q);
    const Quantization& grid = *importer.value(x).quantization;
    if (grid.scales != q.scales || grid.zero_points != q.zero_points)
        importer.model().fail(
            node,
            fmt::format(
                "reads '{}' with scale {} and zero point {}, but it was quantised with {} and {}",
                importer.value(x).name, q.scales[0], q.zero_points[0], grid.scales[0],
                grid.zero_points[0]));
}

void op_dynamic_quantization(Importer& importer, const OnnxNode& node)
{
    importer.model().fail(node,
                          "dynamic quantisation is not supported; export with static quantisation "
                          "(QDQ or QOperator)");
}

}  // namespace imc::compiler
