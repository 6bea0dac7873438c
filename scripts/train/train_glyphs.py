#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains glyphnet, the network that ships with its weights, on the glyphs of glyphs.py, and writes its ONNX file.

A small residual network (He et al., CVPR 2016, basic blocks) of 16, 24 and 48 channels for 16 classes; input: pixels 0..255,
24 x 24 grey. Needs python3-torch, python3-onnx. The same seed and torch version give the same file.
Usage: train_glyphs.py scenarios/networks/glyphnet.onnx
"""
import argparse

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import glyphs
from onnx_net import OnnxNet
from training import Data, accuracy, train

WIDTHS = (16, 24, 48)


class Builder:
    """Nodes with weights drawn from a seed (He initialisation)."""

    def __init__(self, seed):
        self.random = np.random.Generator(np.random.PCG64(seed))
        self.nodes, self.weights = [], []

    def weight(self, name, value):
        self.weights.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def drawn(self, name, shape):
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        return self.weight(name, self.random.normal(0, deviation, shape))

    def node(self, op, name, inputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def conv_norm(self, name, x, channels, out, kernel, stride=1):
        w = self.drawn(name + ".weight", (out, channels, kernel, kernel))
        y = self.node("Conv", name, [x, w], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)
        numbers = [self.weight(f"{name}.norm.{part}", np.full(out, value))
                   for part, value in (("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1))]
        return self.node("BatchNormalization", name + ".norm", [y, *numbers])

    def block(self, name, x, channels, out, stride):
        y = self.node("Relu", name + ".relu1", [self.conv_norm(name + ".conv1", x, channels, out, 3, stride)])
        y = self.conv_norm(name + ".conv2", y, out, out, 3)
        if stride != 1 or channels != out:
            x = self.conv_norm(name + ".shortcut", x, channels, out, 1, stride)
        return self.node("Relu", name + ".relu2", [self.node("Add", name + ".add", [y, x])])


def build(seed):
    """The untrained network."""
    b = Builder(seed)
    x = b.node("Relu", "stem.relu", [b.conv_norm("stem", "input", 1, WIDTHS[0], 3)])
    x = b.node("MaxPool", "pool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = b.block("block1", x, WIDTHS[0], WIDTHS[0], 1)
    x = b.block("block2", x, WIDTHS[0], WIDTHS[1], 2)
    x = b.block("block3", x, WIDTHS[1], WIDTHS[2], 2)
    x = b.node("Flatten", "flatten", [b.node("GlobalAveragePool", "mean", [x])], axis=1)
    classes = len(glyphs.NAMES)
    parts = [b.drawn("classifier.weight", (classes, WIDTHS[2])), b.weight("classifier.bias", np.zeros(classes))]
    b.node("Gemm", "logits", [x, *parts], transB=1)
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, glyphs.SIZE, glyphs.SIZE])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes])
    graph = helper.make_graph(b.nodes, "glyphnet", [image], [logits], b.weights)
    model = helper.make_model(graph, producer_name="train_glyphs.py", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", help="file to write")
    parser.add_argument("--drawn", type=int, default=12000, help="training images drawn")
    parser.add_argument("--images", type=int, default=180000, help="training images seen in all")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1, help="of first weights and order")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    net = OnnxNet(build(options.seed))
    # The network takes pixels 0..255: its first weights start that much smaller.
    with torch.no_grad():
        net.tensor("stem.weight").div_(255)
    images, labels = glyphs.draw(options.drawn, glyphs.TRAIN_SEED)
    data, test = Data(images, labels), Data(*glyphs.draw(800, glyphs.TEST_SEED))
    stem = [p for n, p in net.named_parameters() if n.startswith("stem/weight")]
    rest = [p for n, p in net.named_parameters() if not n.startswith("stem/weight")]
    # Batch norm makes the stem's output independent of its weights' size; its rate scales with their square.
    groups = [{"params": rest}, {"params": stem, "lr": options.lr / 255**2, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, options.lr, momentum=0.9, weight_decay=5e-4)
    train(net, data, optimizer, options.images, options.batch, options.seed)
    net.save(options.onnx)
    onnx.checker.check_model(onnx.load(options.onnx))
    print(f"train {accuracy(net, data, limit=2000):.4f} (2000 images)  test {accuracy(net, test):.4f} (800 images)")


if __name__ == "__main__":
    main()
