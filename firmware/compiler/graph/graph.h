// SPDX-License-Identifier: Apache-2.0
/// The network as the compiler sees it: what the importer writes and the quantiser reads.
///
/// One image at a time: the batch dimension is dropped, every activation is (C, H, W), a feature
/// vector is (F, 1, 1). Nodes stand in topological order, each has one output. Exporters' variety
/// ends in the importer: batch norm and arithmetic with constants are `affine`, MatMul with a
/// constant is `gemm`, padding nodes sit in their convolution, QDQ pairs and QLinear operators are
/// plain operators whose values and weights carry a Quantization.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace imc::compiler {

enum class Op {
    input,   ///< the image; no inputs
    conv,    ///< weight (Cout, Cin/groups, kh, kw), bias (Cout) or none; ConvAttributes
    gemm,    ///< fully connected: weight (out, in), bias (out) or none; input and output are (F, 1,
             ///< 1)
    affine,  ///< y[c] = weight[c] * x[c] + bias[c]; batch norm, or arithmetic with constants
    add,     ///< sum of two values of the same shape
    relu,    ///< max(x, 0)
    clip,    ///< ClipAttributes
    max_pool,      ///< PoolAttributes; padding never wins
    average_pool,  ///< PoolAttributes; global pooling is a window of H x W
    concat,        ///< along C, two inputs or more
    reshape,       ///< the same numbers in the same (C, H, W) order under another shape
    pad,           ///< PadAttributes; only where no convolution or pool could take the padding
    slice,         ///< SliceAttributes
    unary,         ///< UnaryAttributes; a function of one number, fit for a look-up table
    lrn,           ///< LrnAttributes; local response normalisation over channels
    softmax,       ///< over C at each position
    log_softmax,   ///< over C at each position
    argmax,        ///< over C: output shape (1, H, W), the index as a number
    quantize,      ///< rounds to the output's Quantization where the unrounded value is needed too
};

/// Element type of stored data.
enum class DType { float32, int8, uint8, int16, uint16, int32 };

enum class Unary {
    sigmoid,
    tanh,
    elu,
    leaky_relu,
    gelu,  ///< x/2 (1 + erf(x / sqrt 2))
    erf,
    hard_sigmoid,
    hard_swish,
    silu,
    exp,
    softplus
};

/// Activation shape of one image.
struct Shape {
    int c = 0;
    int h = 1;
    int w = 1;

    std::int64_t size() const { return static_cast<std::int64_t>(c) * h * w; }
    bool operator==(const Shape& other) const
    {
        return c == other.c && h == other.h && w == other.w;
    }
    bool operator!=(const Shape& other) const { return !(*this == other); }
};

/// real = scale * (integer - zero_point), rounded half to even, saturated to dtype (ONNX
/// QuantizeLinear). Scales are finite and positive; `scales` and `zero_points` have one entry, or
/// one for each index of `axis`.
struct Quantization {
    DType dtype = DType::int8;
    int axis = -1;  ///< dimension of the tensor (0 = output channels), -1: one scale for all
    std::vector<float> scales;
    std::vector<std::int32_t> zero_points;

    bool per_channel() const { return axis >= 0; }
};

bool operator==(const Quantization& a, const Quantization& b);
/// `x` on a grid of one scale: rounded half to even, saturated, as a real number.
double on_grid(const Quantization& grid, double x);

/// A constant: weight, bias, affine scale or shift. Row-major. `data` is empty where the file
/// declares a shape only
/// (`synthetic`); such a tensor is filled by fill_synthetic or drawn by the quantiser.
struct Tensor {
    using Data = std::variant<std::monostate, std::vector<float>, std::vector<std::int8_t>,
                              std::vector<std::uint8_t>, std::vector<std::int32_t>>;
    std::string name;
    std::vector<int> dims;
    Data data;
    std::optional<Quantization> quantization;  ///< set where data are integers

    bool synthetic() const { return data.index() == 0; }
    std::int64_t size() const;
    /// The numbers as float, dequantised where quantised. Throws InputError if synthetic.
    std::vector<float> to_float() const;
};

/// An activation. With a quantization its numbers lie on that grid: the producer's result is
/// rounded to it.
struct Value {
    std::string name;  ///< the exporter's tensor name
    Shape shape;
    int producer = -1;  ///< index into Graph::nodes
    std::optional<Quantization> quantization;
};

struct ConvAttributes {
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  ///< filled with real 0
    int dilation_h = 1, dilation_w = 1;
    int groups = 1;
};

/// The output shape is authoritative: with ceil_mode a window may hang over the padded input; what
/// lies outside the padding never counts. Averages divide by the number of input positions, or
/// padded positions, under the window.
struct PoolAttributes {
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    int dilation_h = 1, dilation_w = 1;  ///< max_pool only; average pools have 1
    bool count_include_pad = false;      ///< average_pool only
};

struct ClipAttributes {
    float low = 0.0f;   ///< -infinity: no lower bound
    float high = 0.0f;  ///< +infinity: no upper bound
};

struct PadAttributes {
    std::array<int, 3> before{};  ///< C, H, W; never negative
    std::array<int, 3> after{};
    float value = 0.0f;
};

/// out[i] = in[start + i * step] in each of C, H, W; step at least 1.
struct SliceAttributes {
    std::array<int, 3> start{};
    std::array<int, 3> step{1, 1, 1};
};

struct UnaryAttributes {
    Unary function = Unary::sigmoid;
    float alpha = 0.0f;  ///< slope of leaky_relu, height of elu, slope of hard_sigmoid
    float beta = 0.0f;   ///< offset of hard_sigmoid
    /// silu, hard_swish of a quantised file: the factor beside x is rounded to this grid first.
    std::optional<Quantization> gate = {};
};

struct LrnAttributes {
    int size = 5;
    float alpha = 1e-4f, beta = 0.75f, bias = 1.0f;
};

using Attributes = std::variant<std::monostate, ConvAttributes, PoolAttributes, ClipAttributes,
                                PadAttributes, SliceAttributes, UnaryAttributes, LrnAttributes>;

struct Node {
    Op op = Op::input;
    std::string name;         ///< unique; the exporter's, or made from the output's name
    std::vector<int> inputs;  ///< indices into Graph::values
    int output = -1;
    int weight = -1;  ///< index into Graph::tensors, -1: none
    int bias = -1;
    Attributes attributes;

    const ConvAttributes& conv() const { return std::get<ConvAttributes>(attributes); }
    const PoolAttributes& pool() const { return std::get<PoolAttributes>(attributes); }
    const ClipAttributes& clip() const { return std::get<ClipAttributes>(attributes); }
    const UnaryAttributes& unary() const { return std::get<UnaryAttributes>(attributes); }
};

/// What the host makes of each number of an image before the network: scale[c] * x + shift[c]; one
/// entry: for all channels; empty: x. The file's own first step where a quantised grid follows it.
struct InputAffine {
    std::vector<float> scale, shift;

    bool none() const { return scale.empty(); }
};

/// A network with one input. nodes[0] is Op::input; a node's inputs are produced by earlier nodes.
struct Graph {
    std::string name;
    std::vector<Node> nodes;
    std::vector<Value> values;
    std::vector<Tensor> tensors;
    int input = -1;            ///< value
    std::vector<int> outputs;  ///< values, at least one
    bool input_is_nhwc =
        false;  ///< the file's input is (N, H, W, C); image files for it are laid out so
    bool input_is_flat = false;    ///< the file's input is (N, F)
    InputAffine input_affine;      ///< from the file's input to the numbers of `input`
    bool output_is_codes = false;  ///< the file's first output is the codes of its quantization

    const Shape& shape(int value) const { return values[static_cast<std::size_t>(value)].shape; }
    const Tensor& tensor(int index) const { return tensors[static_cast<std::size_t>(index)]; }
    /// True if any value or weight carries a quantization.
    bool quantized() const;
    /// True if any tensor has no data.
    bool synthetic() const;
    /// Node indices that read each value, in order; a node that reads a value twice stands there
    /// twice.
    std::vector<std::vector<int>> consumers() const;
};

/// "conv", "average_pool", ... as in the enumeration.
const char* op_name(Op op);
const char* unary_name(Unary function);
const char* dtype_name(DType dtype);
/// Smallest and largest integer of an integer type.
std::int32_t dtype_lowest(DType dtype);
std::int32_t dtype_highest(DType dtype);

/// Multiply-accumulates of a node for one image: conv and gemm count, all else is 0.
std::int64_t macs(const Graph& graph, const Node& node);
std::int64_t macs(const Graph& graph);
/// Learned numbers: weights and biases of conv and gemm, scale and shift of affine.
std::int64_t params(const Graph& graph);

}  // namespace imc::compiler
