// SPDX-License-Identifier: Apache-2.0
/// Small quantised networks built by hand for tests.
#pragma once

#include "compiler/quantize/qnet.h"

#include <string>

namespace imc::test {

inline int add_tensor(compiler::QNet& net, const std::string& name, unsigned c, unsigned h,
                      unsigned w, unsigned bits = 8)
{
    compiler::QTensor t;
    t.name = name;
    t.channels = c;
    t.height = h;
    t.width = w;
    t.bits = bits;
    t.max = (1 << bits) - 1;
    net.tensors.push_back(t);
    return static_cast<int>(net.tensors.size() - 1);
}

/// A square convolution with "same" padding for odd kernels.
inline int add_conv(compiler::QNet& net, const std::string& name, int input, unsigned out,
                    unsigned kernel, unsigned stride = 1)
{
    const auto in = net.tensors[input];
    const unsigned pad = kernel / 2;
    compiler::QLayer layer;
    layer.name = name;
    layer.op_name = "conv";
    layer.inputs = {input};
    layer.output = add_tensor(net, name + ".out", out, (in.height + 2 * pad - kernel) / stride + 1,
                              (in.width + 2 * pad - kernel) / stride + 1);
    layer.geometry.kernel_h = layer.geometry.kernel_w = kernel;
    layer.geometry.stride_h = layer.geometry.stride_w = stride;
    layer.geometry.pad_top = layer.geometry.pad_left = layer.geometry.pad_bottom =
        layer.geometry.pad_right = pad;
    layer.weights.resize(std::size_t{out} * in.channels * kernel * kernel);
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
        layer.weights[i] = static_cast<std::int16_t>(static_cast<int>(i * 7 % 15) - 7);
    layer.scale.assign(out, imc_requant{0, 1, 0, 6, 0});
    layer.weight_scale = {1.0};
    net.layers.push_back(layer);
    return net.layers.back().output;
}

inline int add_add(compiler::QNet& net, const std::string& name, int a, int b)
{
    compiler::QLayer layer;
    layer.name = name;
    layer.op_name = "add";
    layer.op = IMC_STAGE_ADD;
    layer.inputs = {a, b};
    const auto t = net.tensors[a];
    layer.output = add_tensor(net, name + ".out", t.channels, t.height, t.width);
    layer.scale = {imc_requant{0, 1, 0, 0, 0}, imc_requant{0, 1, 0, 0, 0},
                   imc_requant{0, 0, 0, 1, 0}};
    net.layers.push_back(layer);
    return net.layers.back().output;
}

/// stem -> [conv3x3 -> conv3x3] + identity: the residual block of ResNet.
inline compiler::QNet residual_net(unsigned channels = 16, unsigned size = 8)
{
    compiler::QNet net;
    net.name = "residual";
    net.input = add_tensor(net, "image", 3, size, size);
    const int stem = add_conv(net, "stem", net.input, channels, 3);
    const int a = add_conv(net, "conv1", stem, channels, 3);
    const int b = add_conv(net, "conv2", a, channels, 3);
    net.output = add_add(net, "add", b, stem);
    return net;
}

}  // namespace imc::test
