// SPDX-License-Identifier: Apache-2.0
/// The reference evaluator on one layer.
#pragma once

#include "reference/reference.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace imc::test {

using compiler::QLayer;
using compiler::QNet;
using compiler::QTensor;
using Codes = std::vector<std::int32_t>;

inline QTensor tensor(unsigned channels, unsigned height, unsigned width,
                      std::int32_t zero_point = 0, std::int32_t min = -1'000'000,
                      std::int32_t max = 1'000'000)
{
    QTensor t;
    t.channels = channels;
    t.height = height;
    t.width = width;
    t.zero_point = zero_point;
    t.min = min;
    t.max = max;
    return t;
}

/// A network of one layer; more inputs than one are made from the first by copies.
inline QNet net_of(QTensor in, QLayer layer, QTensor out)
{
    QNet net;
    net.tensors = {std::move(in), std::move(out)};
    net.input = 0;
    net.output = 1;
    layer.name = "under test";
    layer.inputs = {0};
    layer.output = 1;
    net.layers = {std::move(layer)};
    return net;
}

inline Codes run(const QNet& net, const Codes& input, unsigned threads = 1)
{
    return reference::evaluate(net, input.data(), threads)[static_cast<std::size_t>(net.output)];
}

/// Two streams: the input and a copy of it, to which 1 is added.
inline QNet add_net(QLayer add)
{
    QNet net;
    net.tensors = {tensor(1, 1, 4, 1), tensor(1, 1, 4), tensor(1, 1, 4)};
    QLayer copy;
    copy.op = IMC_STAGE_COPY;
    copy.requant = IMC_REQUANT_NONE;
    copy.scale = {{1, 0, 0, 0, 0}};
    copy.inputs = {0};
    copy.output = 1;
    add.op = IMC_STAGE_ADD;
    add.inputs = {0, 1};
    add.output = 2;
    net.layers = {copy, add};
    net.input = 0;
    net.output = 2;
    return net;
}

}  // namespace imc::test
