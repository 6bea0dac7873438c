#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""BWQ-A: trains a float ONNX network block-wise (reference bwq.md section 1): group Lasso on bit planes, re-quantisation,
precision adjustment, PACT activations.

Writes OUT.onnx, whose weights lie on the trained grid (norms kept, ReLUs before convolutions bounded by PACT's clip), and
OUT.bits, the block map in the compiler's text form (docs/training.md). Prints accuracy and compression. Needs
python3-torch, python3-onnx; python3-pil for JPEG containers.
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from bit_planes import BitPlanes
from onnx_net import BadNetwork, key
from quantizers import rounded
from training import BadData, Measured, add_data_arguments, load_data, parse, read_network, train

CALIBRATION_IMAGES = 256


class Pact(torch.nn.Module):
    """y = clip(x, 0, beta), beta learned (bwq.md eq. 4), in 2^bits - 1 equal steps."""

    def __init__(self, bits):
        super().__init__()
        self.bits, self.seen = bits, None
        self.beta = torch.nn.Parameter(torch.ones(()))

    def forward(self, x):
        if self.seen is not None:
            self.seen.append(float(x.max()))
            return x
        step = self.beta / (2**self.bits - 1)
        return rounded(0.5 * (x.abs() - (x - self.beta).abs() + self.beta) / step) * step


class BlockLayer(torch.nn.Module):
    """Computes a layer with the weight of its bit planes."""

    def __init__(self, net, node, block):
        super().__init__()
        self.planes = BitPlanes(net.tensor(node.input[1]), block)
        self.run = [lambda x, w, b: net.plain(node, x, w, b)]  # in a list: no submodule

    def forward(self, x, weight, bias):
        return self.run[0](x, self.planes(), bias)


def prepare(net, data, options):
    """Bit planes for every layer, PACT on every ReLU that a layer reads after the first."""
    relus = {n.output[0] for n in net.nodes if n.op_type == "Relu"}
    for i, node in enumerate(net.main_layers()):
        if node.op_type == "MatMul" or node.op_type == "Gemm" and not net.transposed(node):
            raise BadNetwork(f"{node.name}: export fully connected layers as Gemm with transB=1")
        net.layers[key(node.name)] = BlockLayer(net, node, options.block)
        if i and node.op_type == "Conv" and node.input[0] in relus:
            net.inputs[key(node.input[0])] = Pact(options.activation_bits)
    for quantizer in net.inputs.values():
        quantizer.seen = []
    order = np.random.Generator(np.random.PCG64([options.seed, 7])).permutation(len(data))[:CALIBRATION_IMAGES]
    net.eval()
    with torch.no_grad():
        for start in range(0, len(order), 64):
            net(data.batch(order[start:start + 64])[0])
        for quantizer in net.inputs.values():
            quantizer.beta.fill_(max(quantizer.seen))
            quantizer.seen = None


def penalty(planes, alpha):
    """bwq.md eq. 3, the term beside the cross entropy."""
    total = sum(p.weights() for p in planes)
    return alpha * sum(p.stored_bits() / total * p.group_lasso() for p in planes)


def compression(planes):
    """32 x weights / bits (bwq.md 1.19)."""
    return 32 * sum(p.weights() for p in planes) / max(1, sum(p.stored_bits() for p in planes))


def bit_map(names, planes):
    """Text that firmware/compiler/quantize/bit_map_file.cpp reads."""
    lines = ["# bits of every block: rows along K (input channel, kernel row, kernel column), columns along the outputs"]
    for name, p in zip(names, planes):
        lines.append(f"layer {name} {p.rows} {p.columns}")
        lines.extend("".join(str(int(b)) for b in row) for row in p.precision)
    return "\n".join(lines) + "\n"


def export(net, path, names, planes):
    with torch.no_grad():
        weights = {n.input[1]: net.layers[key(n.name)].planes().numpy() for n in net.main_layers()}
    net.save(f"{path}.onnx", weights)
    model = onnx.load(f"{path}.onnx")
    for i, node in enumerate(model.graph.node):
        if node.op_type == "Relu" and key(node.output[0]) in net.inputs:
            bounds = [numpy_helper.from_array(np.array(v, np.float32), node.name + part)
                      for v, part in ((0, ".low"), (float(net.inputs[key(node.output[0])].beta), ".high"))]
            model.graph.initializer.extend(bounds)
            clip = helper.make_node("Clip", [node.input[0], *(b.name for b in bounds)], list(node.output), name=node.name)
            model.graph.node[i].CopyFrom(clip)
    onnx.checker.check_model(model)
    pathlib.Path(f"{path}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    pathlib.Path(f"{path}.bits").write_text(bit_map(names, planes))


def groups(net, options):
    bits = [p for n, p in net.named_parameters() if n.endswith(("positive", "negative"))]
    slow = [p for n, p in net.named_parameters() if n.endswith(("log_scale", "beta"))]
    rest = [p for n, p in net.named_parameters()
            if not n.endswith(("positive", "negative", "log_scale", "beta")) and not net.is_weight(n)]
    return [{"params": bits, "lr": options.lr}, {"params": slow, "lr": options.lr * 0.01},
            {"params": rest, "lr": options.lr * 0.1}]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="float ONNX file")
    parser.add_argument("out", help="OUT of OUT.onnx and OUT.bits")
    parser.add_argument("--alpha", type=float, default=1e-3, help="weight of the group Lasso")
    parser.add_argument("--activation-bits", type=int, default=8)
    parser.add_argument("--block", type=int, nargs=2, default=(9, 8), help="rows and columns of an operation unit")
    parser.add_argument("--rounds", type=int, default=3, help="re-quantisations, evenly through the budget")
    parser.add_argument("--settle", type=float, default=0.25, help="share of the budget, at the end, without the Lasso")
    add_data_arguments(parser)
    return parse(parser, lr=0.1, images=30000)


def main():
    o = arguments()
    torch.manual_seed(o.seed)
    net = read_network(o)
    data = load_data(o, "train", net.input_shape())
    test = load_data(o, "test", net.input_shape()) if o.test else None
    measure = Measured(net, test)
    measure("float")
    prepare(net, data, o)
    names = [n.name for n in net.main_layers()]
    planes = [net.layers[key(n)].planes for n in names]
    measure("8 bits, no training")

    def legal():
        for p in planes:
            p.keep_legal()

    spans = [int(o.images * (1 - o.settle) / o.rounds)] * o.rounds + [int(o.images * o.settle)]
    for i, images in enumerate(spans if o.images else []):
        optimizer = torch.optim.SGD(groups(net, o), momentum=0.9)
        lasso = None if i == o.rounds else lambda: penalty(planes, o.alpha)
        train(net, data, optimizer, images, o.batch, o.seed + i, o.augment, lasso, after_step=legal)
        for p in planes:
            p.requantize()
        print(f"round {i + 1}: compression {compression(planes):.2f}", file=sys.stderr, flush=True)
    for p in planes:
        p.requantize()
    measure("trained")
    export(net, o.out, names, planes)
    bits = sum(p.stored_bits() for p in planes) / sum(p.weights() for p in planes)
    print(json.dumps({"alpha": o.alpha, "activation_bits": o.activation_bits, "images": o.images, **measure.result,
                      "mean_bits": round(bits, 4), "compression": round(compression(planes), 3)}))


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as error:
        sys.exit(f"bwq_a.py: {error}")
