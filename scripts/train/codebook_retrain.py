#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RAPIDNN's retraining loop (reference rapidnn.md sections 2 and 8.1): cluster weights and inputs of every layer, measure the
error, retrain with both at their centroids.

Norms are folded first, so that what is trained is what the composer makes. Everything that leaves a layer is coded as on the
platform, operands of additions included. Weights move by gradients passed straight through; centroids move too. The float network
teaches (--teach, its share of the loss), beside the labels or, without any (--train-labels network), alone on random mixtures of
pairs of images. The loop ends when the error exceeds the float network's by at most --loss, or after --rounds; the last round counts.
Writes OUT.onnx and OUT.json (docs/training.md): quantization.parameters names the latter. Needs python3-torch, python3-onnx.
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


def lesson(net, teacher, options, seed):
    """Loss against the labels and the teacher's probabilities; without labels on mixtures of pairs of images: few images then
    teach more."""
    random = np.random.Generator(np.random.PCG64([seed, 11]))
    share_of_teacher = 1.0 if options.train_labels == "network" else options.teach

    def loss(x, labels):
        if options.train_labels == "network":
            share = torch.from_numpy(random.uniform(0, 1, len(x)).astype(np.float32)).reshape(-1, *[1] * (x.dim() - 1))
            x = share * x + (1 - share) * x[torch.from_numpy(random.permutation(len(x)))]
        with torch.no_grad():
            wanted = torch.softmax(teacher(x) / TEMPERATURE, 1)
        logits = net(x)
        taught = TEMPERATURE ** 2 * F.kl_div(F.log_softmax(logits / TEMPERATURE, 1), wanted, reduction="batchmean")
        if share_of_teacher == 1.0:
            return taught
        return share_of_teacher * taught + (1 - share_of_teacher) * F.cross_entropy(logits, labels)
    return loss


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
    parser.add_argument("--per-channel", action="store_true", help="a weight codebook for each output channel")
    parser.add_argument("--teach", type=float, default=0.7, help="share of the float network in the loss, 0 to 1")
    parser.add_argument("--loss", type=float, default=0.003, help="error increase to stop at (rapidnn.md: 0.003, 0.005)")
    parser.add_argument("--rounds", type=int, default=5, help="of --images each, at most")
    add_data_arguments(parser)
    parser.set_defaults(lr=0.001, images=4000, batch=32)
    options = parser.parse_args()
    if not options.train or not options.test:
        parser.error("--train and --test are needed")
    for size in (options.weight_codes, options.input_codes, options.residual_codes):
        if not 2 <= size <= 64:
            parser.error("codebooks have 2 to 64 codes")
    return options


def main():
    o = arguments()
    torch.manual_seed(o.seed)
    teacher = read_network(o).eval()
    data, test = read_data(o, teacher)
    save_folded(teacher, f"{o.out}.onnx", {})
    net = OnnxNet(f"{o.out}.onnx")
    order = np.random.Generator(np.random.PCG64([o.seed, 7])).permutation(len(data))[:CALIBRATION_IMAGES]
    add_codebooks(net, data.batch(order)[0], o.weight_codes, o.input_codes, o.residual_codes, o.per_channel)
    result = {"float": accuracy(teacher, test), "rounds": [accuracy(net, test)]}
    optimizer = torch.optim.Adam(parameter_groups(net, o.lr))
    rates = [g["lr"] for g in optimizer.param_groups]
    while True:
        number = len(result["rounds"]) - 1
        print(f"round {number}: {100 * result['rounds'][-1]:.2f} % (float {100 * result['float']:.2f} %)",
              file=sys.stderr, flush=True)
        if result["float"] - result["rounds"][-1] <= o.loss or number == o.rounds:
            break
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate
        train(net, data, optimizer, o.images, o.batch, o.seed + number, loss_of=lesson(net, teacher, o, o.seed + number),
              after_step=lambda: [b.tidy() for b in books(net)])
        result["rounds"].append(accuracy(net, test))
    save(net, o.out)
    if not any(n.op_type in ("Sigmoid", "Tanh") for n in net.nodes):
        result["tables"] = accuracy(Tables(net), test)
    print(json.dumps({"weight_codes": o.weight_codes, "input_codes": o.input_codes, "images": o.images, **result}))


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as error:
        sys.exit(f"codebook_retrain.py: {error}")
