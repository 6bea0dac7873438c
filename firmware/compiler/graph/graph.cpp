// SPDX-License-Identifier: Apache-2.0
#include "compiler/graph/graph.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace imc::compiler {

bool operator==(const Quantization& a, const Quantization& b)
{
    return a.dtype == b.dtype && a.axis == b.axis && a.scales == b.scales &&
           a.zero_points == b.zero_points;
}

std::int64_t Tensor::size() const
{
    std::int64_t count = 1;
    for (const int dim : dims)
        count *= dim;
    return count;
}

namespace {

template <typename Integer>
std::vector<float> dequantize(const std::vector<Integer>& codes, const Quantization& q,
                              const std::vector<int>& dims)
{
    std::int64_t inner = 1;
    for (std::size_t d = q.per_channel() ? q.axis + 1 : dims.size(); d < dims.size(); ++d)
        inner *= dims[d];
    const std::size_t channels = q.scales.size();
    std::vector<float> real(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const std::size_t channel =
            q.per_channel() ? i / static_cast<std::size_t>(inner) % channels : 0;
        const auto difference = static_cast<std::int64_t>(codes[i]) - q.zero_points[channel];
        real[i] = static_cast<float>(difference) * q.scales[channel];
    }
    return real;
}

}  // namespace

std::vector<float> Tensor::to_float() const
{
    if (synthetic())
        throw InputError("tensor '" + name + "' has no data: the file declares its shape only");
    if (const auto* floats = std::get_if<std::vector<float>>(&data)) return *floats;
    const Quantization plain{DType::int32, -1, {1.0f}, {0}};
    const Quantization& q = quantization ? *quantization : plain;
    if (const auto* codes = std::get_if<std::vector<std::int8_t>>(&data))
        return dequantize(*codes, q, dims);
    if (const auto* codes = std::get_if<std::vector<std::uint8_t>>(&data))
        return dequantize(*codes, q, dims);
    return dequantize(std::get<std::vector<std::int32_t>>(data), q, dims);
}

bool Graph::quantized() const
{
    for (const Value& value : values)
        if (value.quantization) return true;
    for (const Tensor& tensor : tensors)
        if (tensor.quantization) return true;
    return false;
}

bool Graph::synthetic() const
{
    for (const Tensor& tensor : tensors)
        if (tensor.synthetic()) return true;
    return false;
}

std::vector<std::vector<int>> Graph::consumers() const
{
    std::vector<std::vector<int>> readers(values.size());
    for (std::size_t n = 0; n < nodes.size(); ++n)
        for (const int value : nodes[n].inputs)
            readers[static_cast<std::size_t>(value)].push_back(static_cast<int>(n));
    return readers;
}

const char* op_name(Op op)
{
    constexpr const char* names[] = {"input",   "conv",        "gemm",     "affine",       "add",
                                     "relu",    "clip",        "max_pool", "average_pool", "concat",
                                     "reshape", "pad",         "slice",    "unary",        "lrn",
                                     "softmax", "log_softmax", "argmax",   "quantize"};
    return names[static_cast<int>(op)];
}

const char* unary_name(Unary function)
{
    constexpr const char* names[] = {"sigmoid", "tanh", "elu",          "leaky_relu",
                                     "gelu",    "erf",  "hard_sigmoid", "hard_swish",
                                     "silu",    "exp",  "softplus"};
    return names[static_cast<int>(function)];
}

const char* dtype_name(DType dtype)
{
    constexpr const char* names[] = {"float32", "int8", "uint8", "int16", "uint16", "int32"};
    return names[static_cast<int>(dtype)];
}

std::int32_t dtype_lowest(DType dtype)
{
    constexpr std::int32_t lowest[] = {0,      -128, 0,
                                       -32768, 0,    std::numeric_limits<std::int32_t>::min()};
    return lowest[static_cast<int>(dtype)];
}

double on_grid(const Quantization& grid, double x)
{
    const double scale = grid.scales[0], zero = grid.zero_points[0];
    const double code = std::clamp<double>(std::nearbyint(x / scale) + zero,
                                           dtype_lowest(grid.dtype), dtype_highest(grid.dtype));
    return (code - zero) * scale;
}

std::int32_t dtype_highest(DType dtype)
{
    constexpr std::int32_t highest[] = {0,     127,   255,
                                        32767, 65535, std::numeric_limits<std::int32_t>::max()};
    return highest[static_cast<int>(dtype)];
}

std::int64_t macs(const Graph& graph, const Node& node)
{
    if (node.op != Op::conv && node.op != Op::gemm) return 0;
    const std::vector<int>& dims = graph.tensor(node.weight).dims;
    std::int64_t per_output = 1;
    for (std::size_t d = 1; d < dims.size(); ++d)
        per_output *= dims[d];
    return per_output * graph.shape(node.output).size();
}

std::int64_t macs(const Graph& graph)
{
    std::int64_t total = 0;
    for (const Node& node : graph.nodes)
        total += macs(graph, node);
    return total;
}

std::int64_t params(const Graph& graph)
{
    std::int64_t total = 0;
    for (const Node& node : graph.nodes)
        for (const int tensor : {node.weight, node.bias})
            if (tensor >= 0) total += graph.tensor(tensor).size();
    return total;
}

}  // namespace imc::compiler
