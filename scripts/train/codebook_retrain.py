#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RAPIDNN's retraining loop (reference rapidnn.md sections 2 and 8.1): cluster weights and inputs of every layer, measure the
error, retrain from the centroids, cluster again.

Layers compute with their weights' nearest centroids and their inputs' nearest centroids; gradients pass to the float
weights and inputs. The loop ends when the error exceeds the float network's by at most --loss, or after --rounds. Writes
OUT.onnx, whose weights are the centroids: the composer then finds exactly these codebooks. Without labels (--train-labels
network) the float network's probabilities teach. Needs python3-torch, python3-onnx.
"""
import argparse
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from onnx_net import BadNetwork, OnnxNet, key
from training import BadData, Data, accuracy, add_data_arguments, load_data, train, weight_groups

CALIBRATION_IMAGES = 256
SAMPLES = 1 << 15  # of more numbers, evenly spaced ones are clustered, as firmware/compiler/quantize/codebook.h does


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


def values_of(x, centroids):
    """The nearest centroid of every number."""
    return centroids[torch.bucketize(x.detach(), (centroids[1:] + centroids[:-1]) / 2)]


def snapped(x, centroids):
    """x at its nearest centroid; the gradient passes straight through."""
    return x + (values_of(x, centroids) - x).detach()


class CodebookLayer(torch.nn.Module):
    """A layer that reads codes and has coded weights."""

    def __init__(self, net, node):
        super().__init__()
        self.run = [lambda x, w, b: net.plain(node, x, w, b)]  # in a list: no submodule
        self.weights = self.inputs = self.seen = None

    def forward(self, x, weight, bias):
        if self.seen is not None:
            self.seen.append(x.detach().flatten().numpy())
            return self.run[0](x, weight, bias)
        return self.run[0](snapped(x, self.inputs), snapped(weight, self.weights), bias)


def compose(net, data, options):
    """New codebooks for all layers; weights move to their centroids."""
    layers = {n.name: net.layers[key(n.name)] for n in net.main_layers()}
    for node in net.main_layers():
        weight = net.tensor(node.input[1])
        layers[node.name].weights = torch.from_numpy(cluster(weight.detach().numpy(), options.weight_codes)).float()
        with torch.no_grad():
            weight.copy_(values_of(weight, layers[node.name].weights))
    for layer in layers.values():
        layer.seen = []
    net.eval()
    order = np.random.Generator(np.random.PCG64([options.seed, 7])).permutation(len(data))[:CALIBRATION_IMAGES]
    with torch.no_grad():
        net(data.batch(order)[0])
    for layer in layers.values():
        seen = np.concatenate(layer.seen)
        layer.inputs = torch.from_numpy(cluster(seen, options.input_codes, pin_zero=bool(seen.min() >= 0))).float()
        layer.seen = None


def read_data(options, net):
    """Training and test data; without labels those of training are zeros."""
    shape = net.input_shape()
    test = load_data(options, "test", shape)
    if options.train_labels != "network":
        return load_data(options, "train", shape), test
    numbers = np.load(options.train) if options.train.endswith(".npy") else \
        np.fromfile(options.train, np.float32 if "f32" in options.train else np.uint8).reshape(-1, *shape)
    return Data(numbers, np.zeros(len(numbers)), options.divisor, options.mean, options.std), test


def lesson(net, teacher, seed):
    """Loss against the teacher's probabilities, on random mixtures of pairs of images: few images then teach more."""
    random = np.random.Generator(np.random.PCG64([seed, 11]))

    def loss(x, _):
        share = torch.from_numpy(random.uniform(0, 1, len(x)).astype(np.float32)).reshape(-1, *[1] * (x.dim() - 1))
        x = share * x + (1 - share) * x[torch.from_numpy(random.permutation(len(x)))]
        with torch.no_grad():
            wanted = torch.softmax(teacher(x), 1)
        return F.cross_entropy(net(x), wanted)
    return loss


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="float ONNX file")
    parser.add_argument("out", help="OUT of OUT.onnx")
    parser.add_argument("--weight-codes", type=int, default=16, help="w, 2 to 64")
    parser.add_argument("--input-codes", type=int, default=16, help="u, 2 to 64")
    parser.add_argument("--loss", type=float, default=0.003, help="error increase to stop at (rapidnn.md: 0.003, 0.005)")
    parser.add_argument("--rounds", type=int, default=5, help="most compositions")
    add_data_arguments(parser)
    parser.set_defaults(lr=0.003, images=4000)
    options = parser.parse_args()
    if not options.train or not options.test:
        parser.error("--train and --test are needed")
    for size in (options.weight_codes, options.input_codes):
        if not 2 <= size <= 64:
            parser.error("codebooks have 2 to 64 codes")
    return options


def main():
    o = arguments()
    torch.manual_seed(o.seed)
    net = OnnxNet(o.network)
    teacher = OnnxNet(o.network).eval()
    data, test = read_data(o, net)
    result = {"float": accuracy(net, test), "rounds": []}
    for node in net.main_layers():
        net.layers[key(node.name)] = CodebookLayer(net, node)
    for number in range(o.rounds):
        compose(net, data, o)
        result["rounds"].append(accuracy(net, test))
        print(f"round {number + 1}: {100 * result['rounds'][-1]:.2f} % (float {100 * result['float']:.2f} %)",
              file=sys.stderr, flush=True)
        if result["rounds"][-1] == max(result["rounds"]):
            net.save(f"{o.out}.onnx")
        if result["float"] - result["rounds"][-1] <= o.loss or number == o.rounds - 1:
            break
        optimizer = torch.optim.SGD(weight_groups(net, o.lr, 2), momentum=0.9)
        loss = lesson(net, teacher, o.seed + number) if o.train_labels == "network" else None
        train(net, data, optimizer, o.images, o.batch, o.seed + number, loss_of=loss)
    print(json.dumps({"weight_codes": o.weight_codes, "input_codes": o.input_codes, "images": o.images, **result}))


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as error:
        sys.exit(f"codebook_retrain.py: {error}")
