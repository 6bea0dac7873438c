// SPDX-License-Identifier: Apache-2.0
/// Which ONNX operators are supported, and by whom.
#include "compiler/import/ops.h"

#include <algorithm>
#include <map>

namespace imc::compiler {

namespace {

const std::map<std::string, Handler>& handlers()
{
    static const std::map<std::string, Handler> table{
        {"Add", op_arithmetic},
        {"ArgMax", op_argmax},
        {"AveragePool", op_average_pool},
        {"BatchNormalization", op_batch_normalization},
        {"Cast", op_cast},
        {"Clip", op_clip},
        {"Concat", op_concat},
        {"Conv", op_conv},
        {"ConvInteger", op_dynamic_quantization},
        {"DequantizeLinear", op_dequantize_linear},
        {"Div", op_arithmetic},
        {"Dropout", op_identity},
        {"DynamicQuantizeLinear", op_dynamic_quantization},
        {"Elu", op_unary},
        {"Erf", op_unary},
        {"Exp", op_unary},
        {"Flatten", op_flatten},
        {"Gelu", op_unary},
        {"Gemm", op_gemm},
        {"GlobalAveragePool", op_global_average_pool},
        {"GlobalMaxPool", op_global_max_pool},
        {"HardSigmoid", op_unary},
        {"HardSwish", op_unary},
        {"Identity", op_identity},
        {"LRN", op_lrn},
        {"LeakyRelu", op_unary},
        {"LogSoftmax", op_softmax},
        {"MatMul", op_matmul},
        {"MatMulInteger", op_dynamic_quantization},
        {"MaxPool", op_max_pool},
        {"Mul", op_arithmetic},
        {"PRelu", op_prelu},
        {"Pad", op_pad},
        {"QLinearConv", op_qlinear_conv},
        {"QLinearMatMul", op_qlinear_matmul},
        {"QuantizeLinear", op_quantize_linear},
        {"ReduceMean", op_reduce_mean},
        {"Relu", op_relu},
        {"Reshape", op_reshape},
        {"Sigmoid", op_unary},
        {"Slice", op_slice},
        {"Softmax", op_softmax},
        {"Softplus", op_unary},
        {"Split", op_split},
        {"Squeeze", op_squeeze},
        {"Sub", op_arithmetic},
        {"Sum", op_sum},
        {"Tanh", op_unary},
        {"Transpose", op_transpose},
        {"Unsqueeze", op_unsqueeze},
        {"com.microsoft.DequantizeLinear", op_dequantize_linear},
        {"com.microsoft.DynamicQuantizeMatMul", op_dynamic_quantization},
        {"com.microsoft.Gelu", op_unary},
        {"com.microsoft.MatMulIntegerToFloat", op_dynamic_quantization},
        {"com.microsoft.QGemm", op_qgemm},
        {"com.microsoft.QLinearAdd", op_qlinear_arithmetic},
        {"com.microsoft.QLinearAveragePool", op_qlinear_average_pool},
        {"com.microsoft.QLinearConcat", op_qlinear_concat},
        {"com.microsoft.QLinearGlobalAveragePool", op_qlinear_global_average_pool},
        {"com.microsoft.QLinearLeakyRelu", op_qlinear_unary},
        {"com.microsoft.QLinearMul", op_qlinear_arithmetic},
        {"com.microsoft.QLinearReduceMean", op_qlinear_reduce_mean},
        {"com.microsoft.QLinearSigmoid", op_qlinear_unary},
        {"com.microsoft.QLinearSoftmax", op_qlinear_softmax},
        {"com.microsoft.QuantizeLinear", op_quantize_linear}};
    return table;
}

}  // namespace

Handler find_handler(const std::string& domain, const std::string& op)
{
    const auto found = handlers().find(domain.empty() ? op : domain + "." + op);
    return found == handlers().end() ? nullptr : found->second;
}

std::vector<std::string> supported_operators()
{
    std::vector<std::string> names{"Constant", "ConstantOfShape", "Gather",
                                   "Shape"};  // on constants alone
    for (const auto& [name, handler] : handlers())
        if (handler != op_dynamic_quantization) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace imc::compiler
