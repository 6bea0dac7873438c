#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RAPIDNN's retraining loop (reference rapidnn.md sections 2 and 8.1): cluster weights and inputs of every layer, measure the
error, retrain from the centroids, cluster again.

Batch norms are folded first, as the composer does. Layers compute with their weights' nearest centroids and their inputs' nearest
centroids; gradients pass to the float weights and inputs. The float network's probabilities teach beside the labels, or alone
(--train-labels network). The loop ends when the error exceeds the float network's by at most --loss, or after --rounds. Writes
OUT.onnx, whose weights are the centroids: the composer then finds exactly these (quantization.codebook: {correct_bias: false},
since biases are trained with coded inputs). Needs python3-torch, python3-onnx.
"""
import argparse
import json
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

from fold import save_folded
from onnx_net import BadNetwork, OnnxNet, key
from training import BadData, Data, accuracy, add_data_arguments, load_data, train, weight_groups

CALIBRATION_IMAGES = 256
SAMPLES = 1 << 15  # of more numbers, evenly spaced ones are clustered, as firmware/compiler/quantize/codebook.h does


def cluster(numbers, entries, pin_zero=False, importance=None, iterations=200):
    """Ascending centroids of a one-dimensional k-means: Lloyd from starts over the range and over the quantiles. `importance`: how
    much each number's squared error counts."""
    x = np.asarray(numbers, np.float64).ravel()
    weight = np.ones_like(x) if importance is None else np.asarray(importance, np.float64).ravel()
    order = np.argsort(x, kind="stable")[:: max(1, len(x) // SAMPLES)]
    x, weight = x[order], weight[order]
    distinct = np.unique(x)
    if len(distinct) <= entries:
        return distinct
    starts = [np.linspace(x[0], x[-1], entries), np.quantile(x, (np.arange(entries) + 0.5) / entries)]
    found = [lloyd(x, weight, s, pin_zero, iterations) for s in starts]
    return min(found, key=lambda c: (weight * (x - c[nearest(x, c)]) ** 2).sum())


def lloyd(x, weight, centroids, pin_zero, iterations):
    centroids = centroids.copy()
    for _ in range(iterations):
        if pin_zero:
            centroids[np.abs(centroids).argmin()] = 0.0
        codes = nearest(x, centroids)
        totals, sums = (np.bincount(codes, w, len(centroids)) for w in (weight, weight * x))
        moved = np.sort(np.where(totals > 0, sums / np.maximum(totals, 1e-30), centroids))
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


def rows_of(weight, transposed):
    """A layer's weight as (outputs, rest)."""
    return weight.flatten(1) if transposed else weight.t()


def coded_weight(weight, books, transposed):
    """Every weight at its centroid: `books` (1 or outputs, codes), ascending."""
    rows = rows_of(weight.detach(), transposed)
    books = books.expand(len(rows), -1).contiguous()
    codes = torch.searchsorted(((books[:, 1:] + books[:, :-1]) / 2).contiguous(), rows.contiguous())
    rows = books.gather(1, codes)
    return rows.reshape(weight.shape) if transposed else rows.t()


class CodebookLayer(torch.nn.Module):
    """A layer that reads codes and has coded weights."""

    def __init__(self, net, node):
        super().__init__()
        self.run = [lambda x, w, b: net.plain(node, x, w, b)]  # in a list: no submodule
        self.transposed = net.transposed(node)
        self.weights = self.inputs = self.seen = None

    def forward(self, x, weight, bias):
        if self.seen is not None:
            self.seen.append(x.detach().numpy())
            return self.run[0](x, weight, bias)
        coded = weight + (coded_weight(weight, self.weights, self.transposed) - weight).detach()
        return self.run[0](snapped(x, self.inputs), coded, bias)


def weight_books(rows, codes, per_channel):
    """(1 or outputs, codes) centroids; short codebooks repeat their last."""
    books = [cluster(r, codes) for r in (rows if per_channel else [rows])]
    books = [np.concatenate([b, np.full(codes - len(b), b[-1])]) for b in books]
    return torch.from_numpy(np.stack(books)).float()


def importance_of(seen, rows):
    """For every number of the input: mean square of the weights that multiply its channel (or element)."""
    energy = (rows.reshape(len(rows), -1) ** 2).sum(0)
    channels = seen.shape[1]
    if len(energy) % channels:
        return np.ones(seen.shape)  # groups: channels have weights of their own
    by_channel = energy.reshape(channels, -1).sum(1)
    return np.broadcast_to(by_channel.reshape(1, -1, *[1] * (seen.ndim - 2)), seen.shape)


def compose(net, data, options):
    """New codebooks for all layers; weights move to their centroids."""
    layers = {n.name: (n, net.layers[key(n.name)]) for n in net.main_layers()}
    for node, layer in layers.values():
        weight = net.tensor(node.input[1])
        rows = rows_of(weight.detach(), layer.transposed).numpy()
        layer.weights = weight_books(rows, options.weight_codes, options.per_channel)
        with torch.no_grad():
            weight.copy_(coded_weight(weight, layer.weights, layer.transposed))
        layer.seen = []
    net.eval()
    order = np.random.Generator(np.random.PCG64([options.seed, 7])).permutation(len(data))[:CALIBRATION_IMAGES]
    with torch.no_grad():
        net(data.batch(order)[0])
    for node, layer in layers.values():
        seen = np.concatenate(layer.seen)
        rows = rows_of(net.tensor(node.input[1]).detach(), layer.transposed).numpy()
        layer.inputs = torch.from_numpy(cluster(seen, options.input_codes, bool(seen.min() >= 0),
                                                importance_of(seen, rows))).float()
        layer.seen = None


def folded(path):
    """The network with its batch norms folded."""
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        save_folded(OnnxNet(path), file.name, {})
        return OnnxNet(file.name)


def read_data(options, net):
    """Training and test data; without labels those of training are zeros."""
    shape = net.input_shape()
    test = load_data(options, "test", shape)
    if options.train_labels != "network":
        return load_data(options, "train", shape), test
    numbers = np.load(options.train) if options.train.endswith(".npy") else \
        np.fromfile(options.train, np.float32 if "f32" in options.train else np.uint8).reshape(-1, *shape)
    return Data(numbers, np.zeros(len(numbers)), options.divisor, options.mean, options.std), test


def lesson(net, teacher, seed, labelled):
    """Loss against the teacher's probabilities and the labels; without labels on random mixtures of pairs of images: few images
    then teach more."""
    random = np.random.Generator(np.random.PCG64([seed, 11]))

    def loss(x, y):
        if not labelled:
            share = torch.from_numpy(random.uniform(0, 0.5, len(x)).astype(np.float32)).reshape(-1, *[1] * (x.dim() - 1))
            x = (1 - share) * x + share * x[torch.from_numpy(random.permutation(len(x)))]
        with torch.no_grad():
            wanted = torch.softmax(teacher(x), 1)
        answer = net(x)
        taught = F.cross_entropy(answer, wanted)
        return 0.5 * (taught + F.cross_entropy(answer, y)) if labelled else taught
    return loss


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="float ONNX file")
    parser.add_argument("out", help="OUT of OUT.onnx")
    parser.add_argument("--weight-codes", type=int, default=16, help="w, 2 to 64")
    parser.add_argument("--input-codes", type=int, default=16, help="u, 2 to 64")
    parser.add_argument("--per-channel", action="store_true", help="a weight codebook for each output")
    parser.add_argument("--loss", type=float, default=0.003, help="error increase to stop at (rapidnn.md: 0.003, 0.005)")
    parser.add_argument("--rounds", type=int, default=5, help="most compositions")
    add_data_arguments(parser)
    parser.set_defaults(lr=0.001, images=4000)
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
    net, teacher = folded(o.network), folded(o.network).eval()
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
        optimizer = torch.optim.Adam(weight_groups(net, o.lr, 1))
        loss = lesson(net, teacher, o.seed + number, o.train_labels != "network")
        train(net, data, optimizer, o.images, o.batch, o.seed + number, loss_of=loss)
    print(json.dumps({"weight_codes": o.weight_codes, "input_codes": o.input_codes, "images": o.images, **result}))


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as error:
        sys.exit(f"codebook_retrain.py: {error}")
