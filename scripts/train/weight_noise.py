#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What unbiased noise on the weights costs a network on its test set: the loss that any disturbance of that size has, clustering
or not. Adds normal noise to the weights of every layer, --sigma times their standard deviation, and tells the loss of top-1, the
share of changed answers (both in points, mean and standard deviation over --draws) and the squared change of the logits over their
variance. Needs python3-torch, python3-onnx.
"""
import argparse
import sys

import numpy as np
import torch

from onnx_net import BadNetwork
from training import BadData, add_data_arguments, load_data, read_network


def logits_of(net, data):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(data.batch(np.arange(s, min(len(data), s + 200)))[0]) for s in range(0, len(data), 200)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="float ONNX file")
    parser.add_argument("--sigma", type=float, nargs="+", default=[0.02, 0.05, 0.1, 0.15, 0.2])
    parser.add_argument("--draws", type=int, default=12)
    add_data_arguments(parser)
    o = parser.parse_args()
    if not o.test:
        parser.error("--test is needed")
    net = read_network(o)
    data = load_data(o, "test", net.input_shape())
    labels = torch.from_numpy(data.labels)
    weights = {n.name: net.tensor(n.input[1]) for n in net.main_layers()}
    original = {name: w.detach().clone() for name, w in weights.items()}
    wanted = logits_of(net, data)
    right = float((wanted.argmax(1) == labels).float().mean())
    torch.manual_seed(o.seed)
    print("sigma,draws,float_top1,loss_points,loss_deviation,changed_points,logit_error")
    for sigma in o.sigma:
        found = []
        for _ in range(o.draws):
            with torch.no_grad():
                for name, w in weights.items():
                    w.copy_(original[name] + sigma * original[name].std() * torch.randn_like(w))
            got = logits_of(net, data)
            found.append((100 * (right - float((got.argmax(1) == labels).float().mean())),
                          100 * float((got.argmax(1) != wanted.argmax(1)).float().mean()),
                          float((got - wanted).square().mean() / wanted.var())))
        loss, changed, error = np.array(found).T
        print(f"{sigma},{o.draws},{right:.4f},{loss.mean():.2f},{loss.std():.2f},{changed.mean():.2f},{error.mean():.4f}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as problem:
        sys.exit(f"weight_noise.py: {problem}")
