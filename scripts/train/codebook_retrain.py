#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RAPIDNN's retraining loop (reference rapidnn.md sections 2 and 8.1): cluster weights and inputs of every layer, retrain with both at
their centroids, measure the error.

Norms are folded first, so that what is trained is what the composer makes. Everything that leaves a layer is coded as on the
platform, operands of additions included. Weights move by gradients passed straight through; centroids move too. The float network
teaches (--teach, its share of the loss), beside the labels or, without any (--train-labels network), alone on random mixtures of
pairs of images. Rates fall along one cosine over all rounds; what is measured and written is the moving average of weights and
centroids. The loop ends after --rounds, or when the error on --held-out training images exceeds the float network's by at most
--loss; test images decide nothing. Writes OUT.onnx and OUT.json (docs/training.md): quantization.parameters names the latter. Needs
python3-torch, python3-onnx.
"""
import argparse
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from codebook_net import add_codebooks, books, save
from codebook_tables import Tables
from fold import save_folded
from onnx_net import BadNetwork, OnnxNet
from training import BadData, Data, accuracy, add_data_arguments, load_data, read_network, train

CALIBRATION_IMAGES = 256
TEMPERATURE = 2.0  # of the teacher's probabilities (Hinton et al. 2015)


def read_data(options, net):
    """Training and test data; without labels those of training are zeros."""
    shape = net.input_shape()
    test = load_data(options, "test", shape)
    if options.train_labels != "network":
        return load_data(options, "train", shape), test
    numbers = np.load(options.train) if options.train.endswith(".npy") else \
        np.fromfile(options.train, np.float32 if "f32" in options.train else np.uint8).reshape(-1, *shape)
    return Data(numbers, np.zeros(len(numbers)), options.divisor, options.mean, options.std), test


def lesson(net, teacher, options, spread, seed):
    """Loss against the labels and the teacher's probabilities; without labels on mixtures of pairs of images: few images then
    teach more. spread: of every number of the input, for --noise."""
    random = np.random.Generator(np.random.PCG64([seed, 11]))
    unlabelled = options.train_labels == "network"
    share_of_teacher = 1.0 if unlabelled else options.teach

    def loss(x, labels):
        if unlabelled:
            share = torch.from_numpy(random.uniform(0, 1, len(x)).astype(np.float32)).reshape(-1, *[1] * (x.dim() - 1))
            x = share * x + (1 - share) * x[torch.from_numpy(random.permutation(len(x)))]
        if options.noise > 0:
            x = x + options.noise * spread * torch.from_numpy(random.standard_normal(x.shape, np.float32))
        with torch.no_grad():
            wanted = torch.softmax(teacher(x) / TEMPERATURE, 1)
        logits = net(x)
        taught = TEMPERATURE ** 2 * F.kl_div(F.log_softmax(logits / TEMPERATURE, 1), wanted, reduction="batchmean")
        if share_of_teacher == 1.0:
            return taught
        return share_of_teacher * taught + (1 - share_of_teacher) * F.cross_entropy(logits, labels)
    return loss


class Average:
    """Moving averages of a network's parameters: what is left when the noise of single batches is taken out."""

    def __init__(self, net, keep):
        self.net, self.keep, self.steps = net, keep, 0
        self.numbers = [p.detach().clone() for p in net.parameters()]

    def update(self):
        """Takes one step in; early steps count evenly, so that the start is forgotten."""
        self.steps += 1
        keep = min(self.keep, self.steps / (self.steps + 9))
        with torch.no_grad():
            for mean, p in zip(self.numbers, self.net.parameters()):
                mean.lerp_(p, 1 - keep)

    def swap(self):
        """Exchanges the network's numbers and the averages; a second call undoes it."""
        with torch.no_grad():
            for mean, p in zip(self.numbers, self.net.parameters()):
                own = p.clone()
                p.copy_(mean)
                mean.copy_(own)


def parameter_groups(net, lr):
    """Weights move in proportion to their size, biases half as fast, centroids by a third of the rate of theirs."""
    centroids = [b.centroids for b in books(net)]
    groups = [{"params": centroids, "lr": 0.3 * lr}]
    for name, p in net.named_parameters():
        if any(p is c for c in centroids):
            continue
        size = float(p.detach().square().mean().sqrt()) if net.is_weight(name) else 0.5
        groups.append({"params": [p], "lr": lr * (size or 1.0)})
    return groups


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="float ONNX file")
    parser.add_argument("out", help="OUT of OUT.onnx and OUT.json")
    parser.add_argument("--weight-codes", type=int, default=16, help="w, 2 to 64")
    parser.add_argument("--input-codes", type=int, default=16, help="u, 2 to 64")
    parser.add_argument("--residual-codes", type=int, default=64, help="of operands of additions and average pools")
    parser.add_argument("--image-codes", type=int, help="of the network's input, 2 to 64; else --input-codes")
    parser.add_argument("--per-channel", action="store_true", help="a weight codebook for each output channel")
    parser.add_argument("--teach", type=float, default=0.7, help="share of the float network in the loss, 0 to 1")
    parser.add_argument("--rounds", type=int, default=5, help="of --images each, at most")
    parser.add_argument("--loss", type=float, help="error increase on held-out images to stop at (rapidnn.md: 0.003, 0.005)")
    parser.add_argument("--held-out", type=int, default=0, help="last training images, which teach nothing but when to stop")
    parser.add_argument("--average", type=float, default=0.998, help="share that the moving average keeps of itself at a step")
    parser.add_argument("--noise", type=float, default=0.0, help="on inputs, in standard deviations of each number of them")
    add_data_arguments(parser)
    parser.set_defaults(lr=0.001, images=4000, batch=32)
    options = parser.parse_args()
    if not options.train or not options.test:
        parser.error("--train and --test are needed")
    options.image_codes = options.image_codes or options.input_codes
    for size in (options.weight_codes, options.input_codes, options.residual_codes, options.image_codes):
        if not 2 <= size <= 64:
            parser.error("codebooks have 2 to 64 codes")
    if options.loss is not None and options.held_out < 1:
        parser.error("--loss needs --held-out images to measure on")
    return options


def split(data, held_out):
    """The images that teach, and the last `held_out` that do not (None for 0)."""
    if not 0 <= held_out < len(data):
        raise BadData(f"--held-out {held_out}: there are {len(data)} training images")
    end = len(data) - held_out
    parts = [Data(data.images[a:b], data.labels[a:b], data.divisor) for a, b in ((0, end), (end, len(data)))]
    for part in parts:
        part.mean, part.std = data.mean, data.std
    return parts[0], parts[1] if held_out else None


def answers(net, data, batch=200):
    """Classes that a network gives to images."""
    net.eval()
    with torch.no_grad():
        parts = [net(data.batch(np.arange(a, min(a + batch, len(data))))[0]).argmax(1) for a in range(0, len(data), batch)]
    return torch.cat(parts).numpy()


class Rounds:
    """Trains by rounds and measures the averages after each."""

    def __init__(self, net, teacher, options):
        self.net, self.options = net, options
        data, self.test = read_data(options, teacher)
        self.data, self.held_out = split(data, options.held_out)
        if self.held_out is not None and options.train_labels == "network":
            self.held_out.labels = answers(teacher, self.held_out)
        self.teacher, self.measured = teacher, {"float": self.accuracies(teacher), "rounds": []}

    def accuracies(self, net):
        return [accuracy(net, d) for d in (self.test, self.held_out) if d is not None]

    def start(self):
        o = self.options
        order = np.random.Generator(np.random.PCG64([o.seed, 7])).permutation(len(self.data))[:CALIBRATION_IMAGES]
        images = self.data.batch(order)[0]
        add_codebooks(self.net, images, o.weight_codes, o.input_codes, o.residual_codes, o.per_channel, o.image_codes)
        self.spread = images.std(0)
        self.optimizer = torch.optim.Adam(parameter_groups(self.net, o.lr))
        self.rates = [g["lr"] for g in self.optimizer.param_groups]
        self.average = Average(self.net, o.average)

    def after_step(self):
        for book in books(self.net):
            book.tidy()
        self.average.update()

    def train(self, number):
        o = self.options
        for group, rate in zip(self.optimizer.param_groups, self.rates):
            group["lr"] = rate
        train(self.net, self.data, self.optimizer, o.images, o.batch, o.seed + number, after_step=self.after_step,
              loss_of=lesson(self.net, self.teacher, o, self.spread, o.seed + number), part=(number, o.rounds))

    def measure(self):
        """Whether the averages are near enough to the float network; adds their accuracies to what was measured."""
        found = self.accuracies(self.net)
        rounds, floats = self.measured["rounds"], self.measured["float"]
        rounds.append(found)
        print(f"round {len(rounds) - 1}: {100 * found[0]:.2f} % (float {100 * floats[0]:.2f} %)", file=sys.stderr, flush=True)
        return self.options.loss is not None and floats[-1] - found[-1] <= self.options.loss

    def run(self):
        """Leaves the averages in the network."""
        self.start()
        near = self.measure()
        for number in range(self.options.rounds):
            if near:
                break
            self.train(number)
            self.average.swap()
            near = self.measure()
            if not near and number + 1 < self.options.rounds:
                self.average.swap()


def main():
    o = arguments()
    torch.manual_seed(o.seed)
    teacher = read_network(o).eval()
    save_folded(teacher, f"{o.out}.onnx", {})
    net = OnnxNet(f"{o.out}.onnx")
    rounds = Rounds(net, teacher, o)
    rounds.run()
    for book in books(net):
        book.tidy()
    save(net, o.out)
    result = rounds.measured
    if not any(n.op_type in ("Sigmoid", "Tanh") for n in net.nodes):
        result["tables"] = accuracy(Tables(net), rounds.test)
    print(json.dumps({"weight_codes": o.weight_codes, "input_codes": o.input_codes, "images": o.images, **result}))


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as error:
        sys.exit(f"codebook_retrain.py: {error}")
