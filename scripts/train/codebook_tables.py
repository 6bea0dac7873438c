# SPDX-License-Identifier: Apache-2.0
"""A trained codebook network in the integers of the platform (docs/models/cam.md, "What it computes"; docs/numbers.md, "Codebooks"):
16-bit products, keys and decoded values. Whole numbers are kept in floating-point formats that hold them exactly."""
import math

import torch
import torch.nn.functional as F

from codebook_net import FUSED, SUMS, VIEWS, book_of, coded_tensors, source
from onnx_net import BadNetwork, attributes, key

LARGEST = 32767.0  # of 16-bit products and values


class Tables(torch.nn.Module):
    """Logits of images from look-ups alone. Average pools without padding; no function but ReLU."""

    def __init__(self, net):
        super().__init__()
        self.net = [net]
        self.books = {n: book_of(net, n).values().detach().double() for n in coded_tensors(net)}

    def forward(self, x):
        net = self.net[0]
        codes = {net.input: nearest(x.double(), self.books[net.input])}
        sums = {}  # by tensor: whole numbers, their scale, what turns a key of theirs into one to compare with
        for node in net.nodes:
            name, op = node.output[0], node.op_type
            if op in VIEWS or op == "MaxPool":
                codes[name] = net._run(node, attributes(node), [codes[node.input[0]].double()] +
                                       [net.tensor(i) for i in node.input[1:]]).long()
                continue
            if op == "Relu" and node.input[0] in sums:
                numbers, scale, to_key = sums[node.input[0]]
                sums[name] = (numbers.clamp(min=0.0), scale, to_key)
            elif op in FUSED:
                raise BadNetwork(f"{node.name}: the tables of {op} are the composer's alone")
            else:
                sums[name] = self.sum_of(node, codes)
            if name in self.books:
                numbers, scale, to_key = sums[name]
                codes[name] = nearest(numbers, to_key(torch.round(self.books[name] * scale)))
        numbers, scale, _ = sums[net.output]
        return numbers / scale

    def sum_of(self, node, codes):
        if node.op_type in ("Conv", "Gemm", "MatMul"):
            return self.products(node, codes[node.input[0]])
        books = [self.books[source(self.net[0], i)] for i in node.input]
        scale = LARGEST / max(float(b.abs().max()) for b in books)
        values = [torch.round(b * scale)[codes[i]] for b, i in zip(books, node.input)]
        if node.op_type == "Add":
            return values[0] + values[1], scale, lambda keys: keys
        if node.op_type not in SUMS or any(attributes(node).get("pads", [0])):
            raise BadNetwork(f"{node.name}: {node.op_type} is not evaluated in integers")
        kernel = attributes(node).get("kernel_shape", values[0].shape[2:])
        count = kernel[0] * kernel[1]
        total = F.avg_pool2d(values[0], list(kernel), attributes(node).get("strides", list(kernel)), divisor_override=1)
        shift = int(math.log2(count))
        return (total / 2 ** shift).floor(), scale, lambda keys: ((keys * count + 2 ** shift // 2) / 2 ** shift).floor()

    def products(self, node, codes):
        net = self.net[0]
        layer, book = net.layers[key(node.name)], self.books[source(net, node.input[0])]
        weight = layer.coded(net.tensor(node.input[1])).detach().double()
        largest = max(float(b.values().abs().max()) for b in layer.books) * float(book.abs().max())
        scale = LARGEST / largest if largest else 1.0
        sums = sum(exactly(net, node, codes == j, torch.round(weight * c * scale)) for j, c in enumerate(book) if c != 0)
        if len(node.input) > 2:
            bias = torch.round(net.tensor(node.input[2]).detach().double() * scale)
            sums = sums + bias.reshape(1, -1, *[1] * (sums.dim() - 2))
        return sums, scale, lambda keys: keys


def exactly(net, node, chosen, products):
    """Sums of the chosen products as float64, from float32 layers, which are fast: of the products' high and low bytes, whose sums
    stay below 2^24 with the 65,535 inputs that a block may have."""
    low = products.remainder(256.0)
    low_sums, high_sums = (net.plain(node, chosen.float(), part.float(), None).double() for part in (low, (products - low) / 256))
    return 256 * high_sums + low_sums


def nearest(x, keys):
    """Index of the nearest of ascending keys, the lower one on ties."""
    return torch.bucketize(x, (keys[1:] + keys[:-1]) / 2)
