// SPDX-License-Identifier: Apache-2.0
/// What ONNX specifies for the layers of quantised models, in exact arithmetic: int32 sums,
/// products with the scales as rationals, rounded half to even. Written from the operator
/// specifications of ONNX (QuantizeLinear, DequantizeLinear, Conv, Gemm, QLinearConv,
/// QLinearMatMul) and of com.microsoft (QLinearAdd, QGemm, QLinearAveragePool,
/// QLinearGlobalAveragePool, QLinearConcat, QLinearLeakyRelu); shares nothing with the code under
/// test.
#pragma once

#include "support/exact_number.h"
#include "support/onnx_builder.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace imc::test {

/// A layer of a quantised model by node name.
class ExactOnnx {
public:
    /// Codes of an activation, (C, H, W).
    struct Codes {
        std::vector<std::int32_t> codes;
        int channels = 1, height = 1, width = 1;
    };

    explicit ExactOnnx(const onnx::ModelProto& model) : m_graph(model.graph()) {}

    /// Whether the layer's integers are what this class computes.
    bool knows(const std::string& name) const
    {
        const auto* node = find(name);
        return node != nullptr && (is_matrix(*node) || is_sum(*node) || is_average(*node) ||
                                   is_concat(*node) || node->op_type() == "QLinearLeakyRelu");
    }

    /// Output codes of node `name` for the codes of its activations.
    std::vector<std::int32_t> run(const std::string& name, const std::vector<Codes>& inputs) const
    {
        const auto& node = *find(name);
        if (is_matrix(node)) return matrix(node, inputs.at(0));
        if (is_sum(node)) return sum(node, inputs);
        if (is_average(node)) return average(node, inputs.at(0));
        if (is_concat(node)) return concat(node, inputs);
        return leaky(node, inputs.at(0));
    }

private:
    using Node = onnx::NodeProto;

    struct Grid {
        std::vector<float> scales;
        std::vector<std::int32_t> zeros;
        int low = -128, high = 127;
        float scale(int i = 0) const { return scales[scales.size() == 1 ? 0 : i]; }
        std::int32_t zero(int i = 0) const
        {
            return zeros.empty() ? 0 : zeros[zeros.size() == 1 ? 0 : i];
        }
    };
    struct Output {
        Grid grid;
        bool relu = false;
    };

    static bool is_matrix(const Node& n)
    {
        return n.op_type() == "Conv" || n.op_type() == "Gemm" || n.op_type() == "MatMul" ||
               n.op_type() == "QLinearConv" || n.op_type() == "QLinearMatMul" ||
               n.op_type() == "QGemm";
    }
    static bool is_sum(const Node& n)
    {
        return n.op_type() == "Add" || n.op_type() == "QLinearAdd";
    }
    static bool is_concat(const Node& n)
    {
        return n.op_type() == "Concat" || n.op_type() == "QLinearConcat";
    }
    static bool is_average(const Node& n)
    {
        return n.op_type().find("AveragePool") != std::string::npos;
    }
    static bool takes_codes(const Node& n) { return n.op_type()[0] == 'Q'; }

    const Node* find(const std::string& name) const
    {
        for (const auto& node : m_graph.node())
            if (node.name() == name) return &node;
        return nullptr;
    }
    const Node& producer(const std::string& value) const
    {
        for (const auto& node : m_graph.node())
            if (node.output(0) == value) return node;
        throw std::runtime_error("nothing makes " + value);
    }
    const Node& consumer(const std::string& value) const
    {
        for (const auto& node : m_graph.node())
            for (const auto& input : node.input())
                if (input == value) return node;
        throw std::runtime_error("nothing reads " + value);
    }
    const onnx::TensorProto& constant(const std::string& name) const
    {
        for (const auto& tensor : m_graph.initializer())
            if (tensor.name() == name) return tensor;
        throw std::runtime_error("no constant " + name);
    }
    template <typename T>
    static std::vector<T> raw(const onnx::TensorProto& tensor)
    {
        std::vector<T> numbers(tensor.raw_data().size() / sizeof(T));
        std::memcpy(numbers.data(), tensor.raw_data().data(), numbers.size() * sizeof(T));
        return numbers;
    }
    std::vector<float> floats_of(const std::string& name) const
    {
        const auto& tensor = constant(name);
        return tensor.float_data_size() != 0
                   ? std::vector<float>(tensor.float_data().begin(), tensor.float_data().end())
                   : raw<float>(tensor);
    }
    std::vector<std::int32_t> integers_of(const std::string& name) const
    {
        const auto& tensor = constant(name);
        if (tensor.int32_data_size() != 0)
            return {tensor.int32_data().begin(), tensor.int32_data().end()};
        std::vector<std::int32_t> numbers;
        if (tensor.data_type() == onnx::TensorProto::INT8)
            for (const auto x : raw<std::int8_t>(tensor))
                numbers.push_back(x);
        else if (tensor.data_type() == onnx::TensorProto::UINT8)
            for (const auto x : raw<std::uint8_t>(tensor))
                numbers.push_back(x);
        else
            numbers = raw<std::int32_t>(tensor);
        return numbers;
    }
    Grid grid(const std::string& scale, const std::string& zero) const
    {
        Grid found{floats_of(scale), {}, 0, 255};  // without a zero point: uint8, 0
        if (zero.empty()) return found;
        found.zeros = integers_of(zero);
        if (constant(zero).data_type() == onnx::TensorProto::INT8)
            found.low = -128, found.high = 127;
        return found;
    }
    static std::string optional_input(const Node& n, int i)
    {
        return i < n.input_size() ? n.input(i) : "";
    }

    /// Grid of activation `i` (counted as an activation) of a node.
    Grid input_grid(const Node& n, int i) const
    {
        if (takes_codes(n)) {
            const int first = is_concat(n) ? 3 * i + 3 : 3 * i + 1;
            return grid(n.input(first), n.input(first + 1));
        }
        const Node* from = &producer(n.input(i));
        while (from->op_type() == "Flatten" || from->op_type() == "Reshape" ||
               from->op_type() == "MaxPool")
            from = &producer(from->input(0));
        return grid(from->input(1), optional_input(*from, 2));
    }
    Output output(const Node& n) const
    {
        if (is_concat(n) && takes_codes(n)) return {grid(n.input(0), n.input(1)), false};
        if (takes_codes(n)) {
            const bool bias_before = n.op_type() == "QLinearConv";
            const int scale = bias_before ? 6 : n.input_size() - 2;
            return {grid(n.input(scale), n.input(scale + 1)), false};
        }
        const Node* next = &consumer(n.output(0));
        const bool relu = next->op_type() == "Relu";
        if (relu) next = &consumer(next->output(0));
        return {grid(next->input(1), optional_input(*next, 2)), relu};
    }

    static std::int32_t code(const Rational& value, const Output& out)
    {
        Rational y = value / exact(out.grid.scale());
        if (out.relu && y < 0) y = 0;
        const Integer rounded = half_to_even(boost::multiprecision::numerator(y),
                                             boost::multiprecision::denominator(y)) +
                                out.grid.zero();
        if (rounded < out.grid.low) return out.grid.low;
        return rounded > out.grid.high ? out.grid.high : rounded.convert_to<std::int32_t>();
    }

    static std::vector<std::int64_t> ints(const Node& n, const char* name,
                                          std::vector<std::int64_t> otherwise)
    {
        for (const auto& a : n.attribute())
            if (a.name() == name) return {a.ints().begin(), a.ints().end()};
        return otherwise;
    }
    static std::int64_t integer(const Node& n, const char* name, std::int64_t otherwise)
    {
        for (const auto& a : n.attribute())
            if (a.name() == name) return a.i();
        return otherwise;
    }

    struct Matrix {
        std::vector<std::int32_t> weight;  ///< [out][channel of the group][kernel], zero point off
        std::vector<std::int64_t> dims;    ///< (out, channels, kernel h, kernel w)
        std::vector<std::int32_t> bias;
        Grid grid;
    };

    Matrix weights(const Node& n) const
    {
        const bool codes = takes_codes(n);
        const Node* dequantize = codes ? nullptr : &producer(n.input(1));
        const std::string name = codes ? n.input(3) : dequantize->input(0);
        Matrix m;
        m.grid = codes ? grid(n.input(4), n.input(5))
                       : grid(dequantize->input(1), optional_input(*dequantize, 2));
        m.weight = integers_of(name);
        m.dims.assign(constant(name).dims().begin(), constant(name).dims().end());
        const int bias_at = codes ? (n.op_type() == "QLinearConv" ? 8 : 6) : 2;
        const bool has_bias = n.op_type() != "QLinearMatMul" && n.input_size() > bias_at &&
                              (n.op_type() != "QGemm" || !n.input(6).empty());
        if (has_bias)
            m.bias = integers_of(codes ? n.input(bias_at) : producer(n.input(2)).input(0));
        const bool convolution = n.op_type() == "Conv" || n.op_type() == "QLinearConv";
        if (!convolution && integer(n, "transB", 0) == 0) turn(m);
        if (!convolution) m.dims.insert(m.dims.end(), {1, 1});
        const auto row = m.weight.size() / static_cast<std::size_t>(m.dims[0]);
        for (std::size_t i = 0; i < m.weight.size(); ++i)
            m.weight[i] -= m.grid.zero(static_cast<int>(i / row));
        return m;
    }
    /// (K, out) to (out, K).
    static void turn(Matrix& m)
    {
        const auto k = m.dims[0], out = m.dims[1];
        std::vector<std::int32_t> turned;
        for (std::int64_t o = 0; o < out; ++o)
            for (std::int64_t i = 0; i < k; ++i)
                turned.push_back(m.weight[static_cast<std::size_t>(i * out + o)]);
        m.weight = turned;
        m.dims = {out, k};
    }

    std::vector<std::int32_t> matrix(const Node& n, const Codes& x) const
    {
        const Grid in = input_grid(n, 0);
        const Output out = output(n);
        const Matrix m = weights(n);
        const bool convolution = n.op_type() == "Conv" || n.op_type() == "QLinearConv";
        Codes image = x;
        if (!convolution) image = {x.codes, static_cast<int>(x.codes.size()), 1, 1};
        const auto pads = ints(n, "pads", {0, 0, 0, 0}), strides = ints(n, "strides", {1, 1}),
                   dilations = ints(n, "dilations", {1, 1});
        const auto kh = m.dims[2], kw = m.dims[3];
        const auto height =
            (image.height + pads[0] + pads[2] - dilations[0] * (kh - 1) - 1) / strides[0] + 1;
        const auto width =
            (image.width + pads[1] + pads[3] - dilations[1] * (kw - 1) - 1) / strides[1] + 1;
        const auto per_group = m.dims[0] / integer(n, "group", 1);
        std::vector<std::int32_t> y;
        for (std::int64_t o = 0; o < m.dims[0]; ++o) {
            const Rational unit = exact(in.scale()) * exact(m.grid.scale(static_cast<int>(o)));
            const auto first = o / per_group * m.dims[1];
            for (std::int64_t p = 0; p < height * width; ++p) {
                std::int64_t sum = m.bias.empty() ? 0 : m.bias[m.bias.size() == 1 ? 0 : o];
                for (std::int64_t k = 0; k < m.dims[1] * kh * kw; ++k) {
                    const auto row = p / width * strides[0] - pads[0] + k / kw % kh * dilations[0];
                    const auto column = p % width * strides[1] - pads[1] + k % kw * dilations[1];
                    if (row < 0 || row >= image.height || column < 0 || column >= image.width)
                        continue;  // padding is real zero
                    const auto at =
                        ((first + k / (kh * kw)) * image.height + row) * image.width + column;
                    sum +=
                        std::int64_t{
                            m.weight[static_cast<std::size_t>(o * m.dims[1] * kh * kw + k)]} *
                        (image.codes[static_cast<std::size_t>(at)] - in.zero());
                }
                if (sum != static_cast<std::int32_t>(sum))
                    throw std::runtime_error(n.name() + ": leaves int32");
                y.push_back(code(sum * unit, out));
            }
        }
        return y;
    }

    std::vector<std::int32_t> sum(const Node& n, const std::vector<Codes>& x) const
    {
        const Grid a = input_grid(n, 0), b = input_grid(n, 1);
        const Output out = output(n);
        const Rational sa = exact(a.scale()), sb = exact(b.scale());
        std::vector<std::int32_t> y;
        for (std::size_t i = 0; i < x[0].codes.size(); ++i)
            y.push_back(
                code((x[0].codes[i] - a.zero()) * sa + (x[1].codes[i] - b.zero()) * sb, out));
        return y;
    }

    /// Along the channels, every input brought to the output's grid.
    std::vector<std::int32_t> concat(const Node& n, const std::vector<Codes>& x) const
    {
        const Output out = output(n);
        std::vector<std::int32_t> y;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const Grid in = input_grid(n, static_cast<int>(i));
            for (const auto c : x[i].codes)
                y.push_back(code((c - in.zero()) * exact(in.scale()), out));
        }
        return y;
    }

    std::vector<std::int32_t> average(const Node& n, const Codes& x) const
    {
        const Grid in = input_grid(n, 0);
        const Output out = output(n);
        const bool global = n.op_type().find("Global") != std::string::npos;
        const auto kernel =
            global ? std::vector<std::int64_t>{x.height, x.width} : ints(n, "kernel_shape", {});
        const auto strides = ints(n, "strides", {1, 1});
        const auto height = (x.height - kernel[0]) / strides[0] + 1,
                   width = (x.width - kernel[1]) / strides[1] + 1;
        const Rational unit = exact(in.scale()) / (kernel[0] * kernel[1]);
        std::vector<std::int32_t> y;
        for (std::int64_t p = 0; p < x.channels * height * width; ++p) {
            std::int64_t sum = 0;
            for (std::int64_t k = 0; k < kernel[0] * kernel[1]; ++k) {
                const auto row = p / width % height * strides[0] + k / kernel[1];
                const auto column = p % width * strides[1] + k % kernel[1];
                sum += x.codes[static_cast<std::size_t>(
                           (p / (height * width) * x.height + row) * x.width + column)] -
                       in.zero();
            }
            y.push_back(code(sum * unit, out));
        }
        return y;
    }

    std::vector<std::int32_t> leaky(const Node& n, const Codes& x) const
    {
        const Grid in = input_grid(n, 0);
        const Output out = output(n);
        float alpha = 0.01f;
        for (const auto& a : n.attribute())
            if (a.name() == "alpha") alpha = a.f();
        std::vector<std::int32_t> y;
        for (const auto c : x.codes) {
            const Rational v = (c - in.zero()) * exact(in.scale());
            y.push_back(code(v < 0 ? Rational(v * exact(alpha)) : v, out));
        }
        return y;
    }

    const onnx::GraphProto& m_graph;
};

}  // namespace imc::test
