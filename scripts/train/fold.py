# SPDX-License-Identifier: Apache-2.0
"""Folds batch norms into the convolutions and fully connected layers before them, and writes the ONNX file."""
import numpy as np
import onnx
import torch
from onnx import numpy_helper

from onnx_net import attributes

TINY_GAIN = 1e-12  # a channel that its norm switched off keeps a scale that is not zero


def gain_and_shift(net, norm):
    """y = gain x + shift of a BatchNormalization node, double, one a channel."""
    gamma, beta, mean, variance = (net.tensor(n).detach().double() for n in norm.input[1:5])
    gain = gamma / torch.sqrt(variance + attributes(norm).get("epsilon", 1e-5))
    gain = torch.where(gain.abs() < TINY_GAIN, torch.full_like(gain, TINY_GAIN), gain)
    return gain.numpy(), (beta - gain * mean).numpy()


def save_folded(net, path, weights):
    """Writes net with its norms folded. `weights` (by node name, double, (out, ...)) replaces a layer's weights *before* the
    fold. Returns the gain of each main layer by node name (ones where no norm follows)."""
    model = onnx.ModelProto()
    model.CopyFrom(net.model)
    graph, gains = model.graph, {}
    gone, renamed, numbers = set(), {}, {}
    for node in net.main_layers():
        weight = weights.get(node.name)
        if weight is None:
            weight = net.tensor(node.input[1]).detach().double().numpy()
        out = weight.shape[0 if net.transposed(node) else 1]
        bias = net.tensor(node.input[2]).detach().double().numpy() if len(node.input) > 2 else np.zeros(out)
        norm = net.norm_after(node)
        gains[node.name] = np.ones(out)
        if norm is not None:
            gains[node.name], shift = gain_and_shift(net, norm)
            bias = bias * gains[node.name] + shift
            spread = (-1, *[1] * (weight.ndim - 1)) if net.transposed(node) else (1, -1)
            weight = weight * gains[node.name].reshape(spread)
            gone.add(norm.name)
            gone.update(norm.input[1:5])
            renamed[node.name] = norm.output[0]
        numbers[node.input[1]] = weight
        if norm is not None or len(node.input) > 2:
            numbers[node.input[2] if len(node.input) > 2 else node.name + ".bias"] = bias
    nodes = [n for n in graph.node if n.name not in gone]
    for node in nodes:
        if node.name in renamed:
            node.output[0] = renamed[node.name]
            if len(node.input) == 2:
                node.input.append(node.name + ".bias")
    kept = {t.name: t for t in graph.initializer if t.name not in gone}
    for name, value in numbers.items():
        kept[name] = numpy_helper.from_array(value.astype(np.float32), name)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept.values())
    onnx.checker.check_model(model)
    with open(path, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))
    return gains
