#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the ONNX topologies of scenarios/networks: graphs without weights.

Every weight is a graph input with its shape and no initializer; the importer makes synthetic tensors of them.
Needs Debian's python3-onnx. Usage: make_networks.py [FOLDER]; the output is the same, byte for byte, each time.

Sources of the topologies: ResNet: He et al., CVPR 2016 (ImageNet form; v1.5 for ResNet-50: stride in the 3x3), and the
widely used CIFAR form with a 3x3 stride-1 stem and widths 64 to 512; ResNet-20/56: the same paper, section 4.2, with
projection shortcuts. VGG-BN with 4096-wide classifiers: Simonyan and Zisserman, ICLR 2015. MobileNetV2: Sandler et al.,
CVPR 2018, CIFAR strides, projections where the width changes. DenseNet-121: Huang et al., CVPR 2017. AlexNet:
Krizhevsky, 2014, as in torchvision. MLPs and the small CIFAR network: reference/rapidnn.md section 2.
functions_cifar10 is our own.
"""
import pathlib
import sys

import onnx
from onnx import TensorProto, helper

OPSET = 13


class Builder:
    """Collects nodes and weight shapes; a layer method takes and returns a tensor name."""

    def __init__(self, name, input_shape):
        self.name = name
        self.opset = OPSET
        self.nodes = []
        self.inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *input_shape])]
        self.channels = {"input": input_shape[0]}

    def weight(self, name, shape):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def node(self, op, name, inputs, channels, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name + "_out"], name=name, **attributes))
        self.channels[name + "_out"] = channels
        return name + "_out"

    def conv(self, name, x, out, kernel, stride=1, pad=None, groups=1, bias=False):
        pad = kernel // 2 if pad is None else pad
        inputs = [x, self.weight(name + ".weight", [out, self.channels[x] // groups, kernel, kernel])]
        if bias:
            inputs.append(self.weight(name + ".bias", [out]))
        return self.node("Conv", name, inputs, out, kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[pad] * 4, group=groups)

    def norm(self, name, x):
        c = self.channels[x]
        parts = [self.weight(f"{name}.{p}", [c]) for p in ("weight", "bias", "running_mean", "running_var")]
        return self.node("BatchNormalization", name, [x, *parts], c)

    def relu(self, name, x):
        return self.node("Relu", name, [x], self.channels[x])

    def conv_norm(self, name, x, out, kernel, stride=1, relu=True, groups=1, bias=False):
        x = self.norm(name + ".bn", self.conv(name, x, out, kernel, stride, groups=groups, bias=bias))
        return self.relu(name + ".relu", x) if relu else x

    def function(self, op, name, x, **attributes):
        return self.node(op, name, [x], self.channels[x], **attributes)

    def add(self, name, a, b):
        return self.node("Add", name, [a, b], self.channels[a])

    def concat(self, name, parts):
        return self.node("Concat", name, parts, sum(self.channels[p] for p in parts), axis=1)

    def max_pool(self, name, x, kernel, stride, pad=0):
        return self.node("MaxPool", name, [x], self.channels[x], kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[pad] * 4)

    def average_pool(self, name, x, kernel):
        return self.node("AveragePool", name, [x], self.channels[x], kernel_shape=[kernel] * 2, strides=[kernel] * 2)

    def global_pool(self, x):
        return self.flatten(self.node("GlobalAveragePool", "pool", [x], self.channels[x]), self.channels[x])

    def flatten(self, x, features):
        return self.node("Flatten", "flatten", [x], features, axis=1)

    def linear(self, name, x, out):
        parts = [self.weight(name + ".weight", [out, self.channels[x]]), self.weight(name + ".bias", [out])]
        return self.node("Gemm", name, [x, *parts], out, transB=1)

    def save(self, folder, x):
        self.nodes[-1].output[0] = "logits"
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", self.channels[x]])
        graph = helper.make_graph(self.nodes, self.name, self.inputs, [logits])
        model = helper.make_model(graph, producer_name="make_networks.py",
                                  opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 7 if self.opset == OPSET else 9
        (folder / f"{self.name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def basic_block(b, name, x, width, stride):
    """Two 3x3 convolutions and a shortcut, a projection where the shape changes."""
    y = b.conv_norm(name + ".conv1", x, width, 3, stride)
    y = b.conv_norm(name + ".conv2", y, width, 3, relu=False)
    if stride != 1 or b.channels[x] != width:
        x = b.conv_norm(name + ".downsample", x, width, 1, stride, relu=False)
    return b.relu(name + ".relu", b.add(name + ".add", y, x))


def bottleneck(b, name, x, width, stride):
    """1x1, 3x3 (with the stride: v1.5), 1x1 four times as wide."""
    y = b.conv_norm(name + ".conv1", x, width, 1)
    y = b.conv_norm(name + ".conv2", y, width, 3, stride)
    y = b.conv_norm(name + ".conv3", y, 4 * width, 1, relu=False)
    if stride != 1 or b.channels[x] != 4 * width:
        x = b.conv_norm(name + ".downsample", x, 4 * width, 1, stride, relu=False)
    return b.relu(name + ".relu", b.add(name + ".add", y, x))


def resnet(folder, name, block, depths, widths, size, classes):
    b = Builder(name, [3, size, size])
    if size == 224:
        x = b.max_pool("maxpool", b.conv_norm("conv1", "input", widths[0], 7, 2), 3, 2, 1)
    else:
        x = b.conv_norm("conv1", "input", widths[0], 3)
    for stage, (depth, width) in enumerate(zip(depths, widths), 1):
        for unit in range(depth):
            x = block(b, f"layer{stage}.{unit}", x, width, 2 if stage > 1 and unit == 0 else 1)
    b.save(folder, b.linear("fc", b.global_pool(x), classes))


def vgg(folder, name, depths, norm, size, classes):
    b = Builder(name, [3, size, size])
    x, index = "input", 0
    for stage, depth in enumerate(depths):
        for _ in range(depth):
            width = min(64 << stage, 512)
            if norm:
                x = b.conv_norm(f"conv{index}", x, width, 3, bias=True)
            else:
                x = b.relu(f"conv{index}.relu", b.conv(f"conv{index}", x, width, 3, bias=True))
            index += 1
        x = b.max_pool(f"pool{stage}", x, 2, 2)
    x = b.flatten(x, 512 * (size // 32) ** 2)
    x = b.relu("fc0.relu", b.linear("fc0", x, 4096))
    x = b.relu("fc1.relu", b.linear("fc1", x, 4096))
    b.save(folder, b.linear("fc2", x, classes))


def mobilenet_v2(folder, name, classes):
    b = Builder(name, [3, 32, 32])
    stages = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    x = b.conv_norm("conv1", "input", 32, 3)
    for stage, (expansion, width, depth, first_stride) in enumerate(stages):
        for unit in range(depth):
            n, stride, inner = f"block{stage}.{unit}", first_stride if unit == 0 else 1, expansion * b.channels[x]
            y = b.conv_norm(n + ".expand", x, inner, 1)
            y = b.conv_norm(n + ".depthwise", y, inner, 3, stride, groups=inner)
            y = b.conv_norm(n + ".project", y, width, 1, relu=False)
            if stride == 1 and b.channels[x] != width:
                x = b.conv_norm(n + ".shortcut", x, width, 1, relu=False)
            x = b.add(n + ".add", y, x) if stride == 1 else y
    x = b.conv_norm("conv2", x, 1280, 1)
    b.save(folder, b.linear("fc", b.global_pool(x), classes))


def densenet121(folder, name, size, classes):
    b, growth = Builder(name, [3, size, size]), 32
    if size == 224:
        x = b.max_pool("pool0", b.conv_norm("conv0", "input", 2 * growth, 7, 2), 3, 2, 1)
    else:
        x = b.conv("conv0", "input", 2 * growth, 3)
    for block, depth in enumerate((6, 12, 24, 16)):
        for unit in range(depth):
            n = f"dense{block}.{unit}"
            y = b.relu(n + ".relu1", b.norm(n + ".norm1", x))
            y = b.conv_norm(n + ".conv1", y, 4 * growth, 1)
            x = b.concat(n + ".concat", [x, b.conv(n + ".conv2", y, growth, 3)])
        if block < 3:
            n = f"transition{block}"
            x = b.relu(n + ".relu", b.norm(n + ".norm", x))
            x = b.average_pool(n + ".pool", b.conv(n + ".conv", x, b.channels[x] // 2, 1), 2)
    x = b.relu("relu_last", b.norm("norm_last", x))
    b.save(folder, b.linear("fc", b.global_pool(x), classes))


def alexnet(folder):
    b = Builder("alexnet_imagenet", [3, 224, 224])
    x = b.max_pool("pool0", b.relu("relu0", b.conv("conv0", "input", 64, 11, 4, 2, bias=True)), 3, 2)
    x = b.max_pool("pool1", b.relu("relu1", b.conv("conv1", x, 192, 5, bias=True)), 3, 2)
    for index, width in ((2, 384), (3, 256), (4, 256)):
        x = b.relu(f"relu{index}", b.conv(f"conv{index}", x, width, 3, bias=True))
    x = b.flatten(b.max_pool("pool4", x, 3, 2), 256 * 36)
    x = b.relu("relu5", b.linear("fc0", x, 4096))
    x = b.relu("relu6", b.linear("fc1", x, 4096))
    b.save(folder, b.linear("fc2", x, 1000))


def mlp(folder, name, widths):
    b, x = Builder(name, [widths[0]]), "input"
    for index, width in enumerate(widths[1:-1]):
        x = b.relu(f"relu{index}", b.linear(f"fc{index}", x, width))
    b.save(folder, b.linear(f"fc{len(widths) - 2}", x, widths[-1]))


def rapidnn_cifar(folder, name, classes):
    b = Builder(name, [3, 32, 32])
    x = b.max_pool("pool0", b.relu("relu0", b.conv("conv0", "input", 32, 3, bias=True)), 2, 2)
    x = b.relu("relu1", b.conv("conv1", x, 64, 3, bias=True))
    x = b.relu("relu2", b.conv("conv2", x, 64, 3, bias=True))
    x = b.relu("relu3", b.linear("fc0", b.flatten(x, 64 * 256), 512))
    b.save(folder, b.linear("fc1", x, classes))


def functions_cifar(folder):
    """Functions other than ReLU between convolutions: what look-up tables are for."""
    b = Builder("functions_cifar10", [3, 32, 32])
    b.opset = 20  # Gelu
    x = b.function("Gelu", "gelu0", b.conv("conv0", "input", 32, 3, stride=2, bias=True))
    x = b.function("Tanh", "tanh1", b.conv("conv1", x, 32, 3, bias=True))
    x = b.function("Gelu", "gelu2", b.conv("conv2", x, 64, 3, stride=2, bias=True))
    x = b.function("Sigmoid", "sigmoid3", b.conv("conv3", x, 64, 3, bias=True))
    b.save(folder, b.linear("fc", b.global_pool(x), 10))


def main():
    default = pathlib.Path(__file__).resolve().parent.parent / "scenarios" / "networks"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    folder.mkdir(parents=True, exist_ok=True)
    wide, narrow = (64, 128, 256, 512), (16, 32, 64)
    for classes in (10, 100):
        data = f"cifar{classes}"
        resnet(folder, f"resnet18_{data}", basic_block, (2, 2, 2, 2), wide, 32, classes)
        resnet(folder, f"resnet34_{data}", basic_block, (3, 4, 6, 3), wide, 32, classes)
        vgg(folder, f"vgg16_bn_{data}", (2, 2, 3, 3, 3), True, 32, classes)
        vgg(folder, f"vgg19_bn_{data}", (2, 2, 4, 4, 4), True, 32, classes)
        mobilenet_v2(folder, f"mobilenetv2_{data}", classes)
        densenet121(folder, f"densenet121_{data}", 32, classes)
        rapidnn_cifar(folder, f"rapidnn_{data}", classes)
    resnet(folder, "resnet20_cifar10", basic_block, (3, 3, 3), narrow, 32, 10)
    resnet(folder, "resnet56_cifar10", basic_block, (9, 9, 9), narrow, 32, 10)
    resnet(folder, "resnet18_imagenet", basic_block, (2, 2, 2, 2), wide, 224, 1000)
    resnet(folder, "resnet34_imagenet", basic_block, (3, 4, 6, 3), wide, 224, 1000)
    resnet(folder, "resnet50_imagenet", bottleneck, (3, 4, 6, 3), wide, 224, 1000)
    densenet121(folder, "densenet121_imagenet", 224, 1000)
    vgg(folder, "vgg16_imagenet", (2, 2, 3, 3, 3), False, 224, 1000)
    alexnet(folder)
    functions_cifar(folder)
    mlp(folder, "mlp_mnist", (784, 512, 512, 10))
    mlp(folder, "mlp_isolet", (617, 512, 512, 26))
    mlp(folder, "mlp_har", (561, 512, 512, 6))


if __name__ == "__main__":
    main()
