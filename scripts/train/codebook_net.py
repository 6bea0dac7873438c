# SPDX-License-Identifier: Apache-2.0
"""A float network as RAPIDNN's blocks compute it: which tensors are coded, codebooks as trainable numbers, and the file that the
composer takes. What is coded stands in docs/models/cam.md, "Composer"."""
import json

import numpy as np
import torch
import torch.nn.functional as F

from onnx_net import BadNetwork, attributes, key

SAMPLES = 1 << 15  # of more numbers, evenly spaced ones are clustered, as firmware/compiler/quantize/codebook.h does
BINS = 1 << 12  # of the table that finds codes in training
APART = 1e-4  # of neighbouring centroids at least, in units of their codebook
SUMS = ("Conv", "Gemm", "MatMul", "Add", "AveragePool", "GlobalAveragePool")
FUSED = ("Relu", "Sigmoid", "Tanh")
VIEWS = ("Flatten", "Reshape", "Identity")
OPERATORS = (*SUMS, *FUSED, *VIEWS, "MaxPool")


def cluster(numbers, entries, pin_zero=False, iterations=200):
    """Ascending centroids of a one-dimensional k-means: Lloyd from starts over the range and over the quantiles."""
    x = np.sort(np.asarray(numbers, np.float64).ravel())
    x = x[:: max(1, len(x) // SAMPLES)]
    distinct = np.unique(x)
    if len(distinct) <= entries:
        return distinct
    starts = [np.linspace(x[0], x[-1], entries), np.quantile(x, (np.arange(entries) + 0.5) / entries)]
    found = [lloyd(x, s, pin_zero, iterations) for s in starts]
    return min(found, key=lambda c: ((x - c[nearest(x, c)]) ** 2).sum())


def lloyd(x, centroids, pin_zero, iterations):
    centroids = centroids.copy()
    for _ in range(iterations):
        if pin_zero:
            centroids[np.abs(centroids).argmin()] = 0.0
        codes = nearest(x, centroids)
        counts, sums = (np.bincount(codes, w, len(centroids)) for w in (None, x))
        moved = np.sort(np.where(counts > 0, sums / np.maximum(counts, 1), centroids))
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    if pin_zero:
        centroids[np.abs(centroids).argmin()] = 0.0
    return np.unique(centroids)


def nearest(x, centroids):
    """Index of the nearest centroid, the lower one on ties."""
    return np.searchsorted((centroids[1:] + centroids[:-1]) / 2, x, side="left")


def nearly_nearest(x, centroids):
    """nearest() for training, flat and fast: codes from a table over the range, wrong only within a BINS-th of it around a midpoint."""
    middles = (centroids[1:] + centroids[:-1]) / 2
    low, width = middles[0], (middles[-1] - middles[0]) / (BINS - 2)
    if not float(width) > 0:
        return torch.bucketize(x, middles).flatten().int()
    ends = F.pad(((middles - low) / width + 1.5).long(), (1, 1))  # of the bins of each code; a bin counts by its centre
    ends[-1] = BINS
    table = torch.repeat_interleave(torch.arange(len(centroids), dtype=torch.int32), ends.diff())
    bins = torch.sub(x.flatten(), low - width).mul_(1 / width).clamp_(0, BINS - 1).int()
    return table.index_select(0, bins)


class Snap(torch.autograd.Function):
    """Numbers at their nearest centroids. The gradient passes straight through to numbers within the range, and each centroid gets
    the sum of those of its numbers."""

    @staticmethod
    def forward(ctx, x, centroids, training):
        if not training:
            return centroids[torch.bucketize(x, (centroids[1:] + centroids[:-1]) / 2)]
        codes = nearly_nearest(x, centroids)
        ctx.save_for_backward(codes, x, centroids)
        return centroids.index_select(0, codes).view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        codes, x, c = ctx.saved_tensors
        to_centroids = torch.zeros_like(c).index_add_(0, codes, gradient.flatten())
        low, high = c[0] - (c[1] - c[0]) / 2, c[-1] + (c[-1] - c[-2]) / 2
        return gradient * ((x >= low) & (x <= high)), to_centroids, None


class Book(torch.nn.Module):
    """A trainable codebook in units of its numbers' size; a zero that it starts with stays zero."""

    def __init__(self, centroids):
        super().__init__()
        centroids = torch.as_tensor(np.asarray(centroids), dtype=torch.float32)
        self.unit = float(centroids.square().mean().sqrt()) or 1.0
        self.centroids = torch.nn.Parameter(centroids / self.unit)
        self.register_buffer("free", (centroids != 0).float())

    def forward(self, x):
        return Snap.apply(x, self.values(), self.training)

    def values(self):
        return self.centroids * self.free * self.unit

    def tidy(self):
        """Ascending and distinct, as codes are indices in the order of values."""
        with torch.no_grad():
            if bool(((self.centroids * self.free).diff() >= APART).all()):
                return
            order = torch.argsort(self.centroids * self.free)
            self.centroids.copy_((self.centroids * self.free)[order])
            self.free.copy_(self.free[order])
            for n in range(1, len(order)):
                if self.centroids[n] - self.centroids[n - 1] >= APART:
                    continue
                if self.free[n] > 0:
                    self.centroids[n] = self.centroids[n - 1] + APART
                else:
                    self.centroids[n - 1] = self.centroids[n] - APART


class CodebookLayer(torch.nn.Module):
    """A layer whose weights are coded: one codebook, or one for each output."""

    def __init__(self, net, node, codes, per_channel):
        super().__init__()
        self.run = [lambda x, w, b: net.plain(node, x, w, b)]  # in a list: no submodule
        self.outputs_first = net.transposed(node)
        weight = self.rows(net.tensor(node.input[1]).detach())
        self.books = torch.nn.ModuleList(Book(cluster(r.numpy(), codes)) for r in (weight if per_channel else [weight]))

    def rows(self, weight):
        return weight if self.outputs_first else weight.t()

    def coded(self, weight):
        rows = self.rows(weight)
        if len(self.books) == 1:
            coded = self.books[0](rows)
        else:
            coded = torch.stack([book(row) for book, row in zip(self.books, rows)])
        return self.rows(coded)

    def forward(self, x, weight, bias):
        return self.run[0](x, self.coded(weight), bias)


def source(net, name):
    """The tensor whose codes `name` holds: through views and max pools."""
    maker = {n.output[0]: n for n in net.nodes}.get(name)
    return source(net, maker.input[0]) if maker is not None and maker.op_type in (*VIEWS, "MaxPool") else name


def coded_tensors(net):
    """Names of the tensors that have codebooks, in order: the input, and what leaves a layer for another."""
    for node in net.nodes:
        if node.op_type not in OPERATORS:
            raise BadNetwork(f"{node.name}: operator {node.op_type} cannot be trained on codebooks ({', '.join(OPERATORS)} can; norms "
                             "must follow a convolution)")
    readers = {}
    for node in net.nodes:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    found = [net.input]
    for node in net.nodes:
        name = node.output[0]
        own = readers.get(name, [])
        fused = node.op_type in SUMS and len(own) == 1 and own[0].op_type in FUSED
        if not (fused or name == net.output or node.op_type in (*VIEWS, "MaxPool")):
            found.append(name)
    return found


def multiplied(net):
    """Tensors that product tables read, and those that are padded with zeros."""
    read = {source(net, n.input[0]) for n in net.main_layers()}
    padded = {source(net, n.input[0]) for n in net.nodes if any(attributes(n).get("pads", [0]))}
    return read, padded


def place(net, name):
    """Where a coded tensor takes its centroids: behind the max pool that alone reads it, since the maximum of centroids is that of the
    maximum. Fewer numbers to code, and the gradient goes to the largest number of a window, not to one of those that share its code."""
    readers = [n for n in net.nodes if name in n.input]
    return place(net, readers[0].output[0]) if len(readers) == 1 and readers[0].op_type == "MaxPool" else name


def book_of(net, name):
    """The codebook of a coded tensor."""
    return net.inputs[key(place(net, name))]


def add_codebooks(net, images, weight_codes, input_codes, residual_codes, per_channel, image_codes=0):
    """Clusters weights and what `images` make of each coded tensor, and lets the network compute with the centroids. The images
    themselves have image_codes, or input_codes where that is 0."""
    tensors, seen = coded_tensors(net), {}
    read, padded = multiplied(net)
    for name in tensors:
        net.inputs[key(place(net, name))] = Watch(seen, name)
    net.eval()
    with torch.no_grad():
        net(images)
    for name in tensors:
        numbers = seen[name]
        codes = input_codes if name in read else max(input_codes, residual_codes)
        if name == net.input and image_codes:
            codes = image_codes
        pin = name in padded or numbers.min() == 0
        net.inputs[key(place(net, name))] = Book(cluster(numbers, codes, pin_zero=bool(pin)))
    for node in net.main_layers():
        net.layers[key(node.name)] = CodebookLayer(net, node, weight_codes, per_channel)


class Watch(torch.nn.Module):
    """Keeps what passes."""

    def __init__(self, seen, name):
        super().__init__()
        self.seen, self.name = [seen], name

    def forward(self, x):
        self.seen[0][self.name] = x.detach().numpy()
        return x


def books(net):
    return [m for m in net.modules() if isinstance(m, Book)]


def save(net, out):
    """Writes OUT.onnx, whose weights are the centroids, and OUT.json with the codebooks."""
    coded = {n.input[1]: net.layers[key(n.name)].coded(net.tensor(n.input[1])).detach().numpy() for n in net.main_layers()}
    net.save(f"{out}.onnx", coded)
    listed = [{"name": name, "centroids": book_of(net, name).values().tolist()} for name in coded_tensors(net)]
    layers = [{"name": n.name, "centroids": [b.values().tolist() for b in net.layers[key(n.name)].books]}
              for n in net.main_layers()]
    with open(f"{out}.json", "w", encoding="ascii") as file:
        file.write('{"format": "imcvp-codebooks", "version": 1, "tensors": [\n')
        file.write(",\n".join(json.dumps(entry) for entry in listed))
        file.write('],\n"layers": [\n')
        file.write(",\n".join(json.dumps(entry) for entry in layers))
        file.write("]}\n")
