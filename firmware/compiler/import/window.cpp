// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/window.h"

#include <fmt/format.h>

#include <algorithm>

namespace imc::compiler {

namespace {

constexpr std::int64_t largest = 1 << 16;  // of kernel, stride, dilation and pads

std::vector<std::int64_t> read_list(const Importer& importer, const onnx::NodeProto& node,
                                    const char* name, std::size_t length, std::int64_t fallback,
                                    std::int64_t least)
{
    const std::vector<std::int64_t> list =
        importer.model().integers(node, name, std::vector<std::int64_t>(length, fallback));
    if (list.size() != length)
        importer.model().fail(node, fmt::format("'{}' has {} entries where {} are needed", name,
                                                list.size(), length));
    for (const std::int64_t entry : list)
        if (entry < least || entry > largest)
            importer.model().fail(
                node, fmt::format("'{}' holds {}, outside {} to {}", name, entry, least, largest));
    return list;
}

/// Output size of one dimension (ONNX: floor or ceil of (input - extent) / stride, plus 1); a
/// ceil-mode window must start inside the input or its leading padding.
std::int64_t output_size(const Window& w, int d, std::int64_t input)
{
    const std::int64_t extent = (w.kernel[d] - 1) * w.dilation[d] + 1;
    const std::int64_t room = input + w.pad_begin[d] + w.pad_end[d] - extent;
    if (room < 0) return 0;
    std::int64_t steps = w.ceil_mode ? (room + w.stride[d] - 1) / w.stride[d] : room / w.stride[d];
    if (w.ceil_mode && steps * w.stride[d] >= input + w.pad_begin[d]) --steps;
    return steps + 1;
}

/// auto_pad SAME: output = ceil(input / stride), the odd pad at the end (UPPER) or the beginning
/// (LOWER).
void pad_same(Window& w, int d, std::int64_t input, bool upper)
{
    const std::int64_t output = (input + w.stride[d] - 1) / w.stride[d];
    const std::int64_t extent = (w.kernel[d] - 1) * w.dilation[d] + 1;
    const std::int64_t total =
        std::max<std::int64_t>(0, (output - 1) * w.stride[d] + extent - input);
    w.pad_begin[d] = upper ? total / 2 : total - total / 2;
    w.pad_end[d] = total - w.pad_begin[d];
}

}  // namespace

Window read_window(const Importer& importer, const onnx::NodeProto& node, const Activation& x,
                   const std::vector<std::int64_t>& kernel)
{
    const OnnxModel& model = importer.model();
    const auto spatial = static_cast<std::size_t>(x.rank - 2);
    if (kernel.empty() && !model.has_attribute(node, "kernel_shape"))
        model.fail(node, "'kernel_shape' is missing");
    const auto kernel_shape = read_list(importer, node, "kernel_shape", spatial, 1, 1);
    if (!kernel.empty() && model.has_attribute(node, "kernel_shape") && kernel_shape != kernel)
        model.fail(node, "'kernel_shape' disagrees with the weight's shape");
    const auto strides = read_list(importer, node, "strides", spatial, 1, 1);
    const auto dilations = read_list(importer, node, "dilations", spatial, 1, 1);
    const auto pads = read_list(importer, node, "pads", 2 * spatial, 0, 0);
    const std::string auto_pad = model.text(node, "auto_pad", "NOTSET");
    if (auto_pad != "NOTSET" && auto_pad != "VALID" && auto_pad != "SAME_UPPER" &&
        auto_pad != "SAME_LOWER" && !auto_pad.empty())
        model.fail(node,
                   fmt::format("auto_pad '{}' is not one of NOTSET, VALID, SAME_UPPER, SAME_LOWER",
                               auto_pad));
    const Shape& shape = importer.value(x).shape;
    Window w;
    w.ceil_mode = model.integer(node, "ceil_mode", 0) != 0;
    for (std::size_t d = 0; d < spatial; ++d) {
        const int dimension = static_cast<int>(d);
        const std::int64_t input = d == 0 ? shape.h : shape.w;
        w.kernel[d] = kernel.empty() ? kernel_shape[d] : kernel[d];
        w.stride[d] = strides[d];
        w.dilation[d] = dilations[d];
        if (auto_pad.substr(0, 4) == "SAME")
            pad_same(w, dimension, input, auto_pad == "SAME_UPPER");
        else if (auto_pad != "VALID") {
            w.pad_begin[d] = pads[d];
            w.pad_end[d] = pads[d + spatial];
        }
        w.output[d] = output_size(w, dimension, input);
    }
    return w;
}

}  // namespace imc::compiler
