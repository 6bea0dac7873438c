// SPDX-License-Identifier: Apache-2.0
/// MaxPool, AveragePool, the global pools and ReduceMean over the image.
#include "compiler/import/ops.h"
#include "compiler/import/window.h"

#include <fmt/format.h>

#include <algorithm>

namespace imc::compiler {

namespace {

int add_pool(Importer& importer, const OnnxNode& node, const Activation& x, Op op)
{
    const Window w = read_window(importer, node, x, {});
    for (int d = 0; d < 2; ++d)
        if (w.pad_begin[d] >= (w.kernel[d] - 1) * w.dilation[d] + 1 ||
            w.pad_end[d] >= (w.kernel[d] - 1) * w.dilation[d] + 1)
            importer.model().fail(node,
                                  "pads are as large as the kernel: a window would see no input");
    PoolAttributes attributes = window_attributes<PoolAttributes>(w);
    if (op == Op::average_pool) {
        attributes.count_include_pad = importer.model().integer(node, "count_include_pad", 0) != 0;
        if (attributes.dilation_h != 1 || attributes.dilation_w != 1)
            importer.model().fail(node,
                                  "dilations other than 1 are not supported in an average pool");
    }
    const Shape out{importer.value(x).shape.c, static_cast<int>(w.output[0]),
                    static_cast<int>(w.output[1])};
    return importer.add_node(node, op, {x.value}, out, attributes);
}

int add_global(Importer& importer, const OnnxNode& node, const Activation& x, Op op)
{
    PoolAttributes attributes;
    attributes.kernel_h = importer.value(x).shape.h;
    attributes.kernel_w = importer.value(x).shape.w;
    return importer.add_node(node, op, {x.value}, Shape{importer.value(x).shape.c, 1, 1},
                             attributes);
}

}  // namespace

int add_global_average(Importer& importer, const OnnxNode& node, const Activation& x)
{
    return add_global(importer, node, x, Op::average_pool);
}

int add_average_pool(Importer& importer, const OnnxNode& node, const Activation& x)
{
    return add_pool(importer, node, x, Op::average_pool);
}

void op_max_pool(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.image(node, 0);
    if (importer.model().integer(node, "storage_order", 0) != 0)
        importer.model().fail(node, "storage_order 1 is not supported");
    importer.define(node.output(0),
                    define_like(importer, node, x, add_pool(importer, node, x, Op::max_pool)));
}

void op_average_pool(Importer& importer, const OnnxNode& node)
{
    importer.activation(node, 0);
    const Activation x = importer.image(node, 0);
    importer.define(node.output(0),
                    {add_average_pool(importer, node, x), x.rank, false, false, {}});
}

void op_global_average_pool(Importer& importer, const OnnxNode& node)
{
    importer.activation(node, 0);
    const Activation x = importer.image(node, 0);
    importer.define(node.output(0),
                    {add_global_average(importer, node, x), x.rank, false, false, {}});
}

void op_global_max_pool(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.image(node, 0);
    importer.define(node.output(0),
                    define_like(importer, node, x, add_global(importer, node, x, Op::max_pool)));
}

Activation mean_over_image(Importer& importer, const OnnxNode& node, const Activation& x,
                           std::vector<std::int64_t> axes)
{
    const OnnxModel& model = importer.model();
    for (std::int64_t& axis : axes)
        axis = checked_axis(importer, node, axis, x.rank);
    std::sort(axes.begin(), axes.end());
    const std::vector<std::int64_t> image = x.rank == 3 ? std::vector<std::int64_t>{2}
                                            : x.nhwc    ? std::vector<std::int64_t>{1, 2}
                                                        : std::vector<std::int64_t>{2, 3};
    if (x.rank < 3 || axes != image)
        model.fail(node, "only the mean over the image's height and width is supported");
    const bool keep = model.integer(node, "keepdims", 1) != 0;
    Activation result;
    result.value = add_global_average(importer, node, x);
    result.rank = keep ? x.rank : 2;
    result.nhwc = keep && x.nhwc;
    result.integer = x.integer;
    return result;
}

void op_reduce_mean(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.activation(node, 0);
    const std::vector<std::int64_t> axes = has_input(node, 1)
                                               ? importer.integers(node, 1)
                                               : importer.model().integers(node, "axes", {});
    importer.define(node.output(0), mean_over_image(importer, node, x, axes));
}

}  // namespace imc::compiler
