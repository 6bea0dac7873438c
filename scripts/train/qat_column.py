#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes a float ONNX network for ColumnQuant: LSQ weight scales, activation steps and converter steps for each layer,
array or column, in one stage; centres are constants found before.

Convolutions above 1 x 1 except the first go to arrays (columnquant.md 1.9); the tensors that feed convolutions get
--activation-bits. The rest stays float here and becomes 8-bit lossless layers in the compiler. Writes OUT.onnx (norms
folded, weights = code x scale) and OUT.json (scales, steps and centres; docs/training.md). Needs python3-torch,
python3-onnx; python3-pil for JPEG containers.
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import torch

from column_conv import ColumnConv, ColumnOptions
from column_fit import fit_converters
from fold import save_folded
from onnx_net import BadNetwork, attributes, key
from quantizers import Activation
from training import BadData, Measured, add_data_arguments, load_data, parse, read_network, train, weight_groups

CALIBRATION_IMAGES = 256


def takes(node, weight, first):
    return node.op_type == "Conv" and weight.shape[2] * weight.shape[3] > 1 and not first \
        and attributes(node).get("group", 1) == 1


def prepare(net, options):
    """Puts quantisers on the inputs of convolutions and ColumnConv in place of those that arrays take."""
    for i, node in enumerate(net.main_layers()):
        if i == 0 or node.op_type != "Conv":
            continue
        source = key(node.input[0])
        if source not in net.inputs:
            net.inputs[source] = Activation(options.activation_bits)
        weight = net.tensor(node.input[1])
        if takes(node, weight, False):
            net.layers[key(node.name)] = ColumnConv(node, attributes(node), weight, net.inputs[source], options)
    if not net.layers:
        raise BadNetwork("no convolution above 1 x 1 beside the first: nothing goes to ColumnQuant's arrays")


def run_through(net, data, images, seed):
    """Shows the network some training images in evaluation mode."""
    net.eval()
    order = np.random.Generator(np.random.PCG64([seed, 7])).permutation(len(data))[:images]
    with torch.no_grad():
        for start in range(0, len(order), 64):
            net(data.batch(order[start:start + 64])[0])


def fit_activations(net, data, seed):
    for layer in net.layers.values():
        layer.ideal = True
    for quantizer in net.inputs.values():
        quantizer.seen = []
    run_through(net, data, CALIBRATION_IMAGES, seed)
    for quantizer in net.inputs.values():
        quantizer.fit(torch.cat([x.flatten() for x in quantizer.seen]))
        quantizer.seen = None


def fit_adcs(net, data, seed):
    for layer in net.layers.values():
        layer.ideal, layer.seen = True, [[] for _ in range(layer.tiles)]
    run_through(net, data, CALIBRATION_IMAGES, seed)
    for layer in net.layers.values():
        fit_converters(layer)
        layer.ideal, layer.seen = False, None


def parameter_groups(net, lr, scale_lr):
    scales = [p for n, p in net.named_parameters() if n.endswith(("log_step", "log_scale"))]
    return [*weight_groups(net, lr, 1), {"params": scales, "lr": scale_lr}]


def planes_first(x, options):
    """(tiles, planes, O) -> nested lists [polarity][slice][tile][O]."""
    x = x.detach().permute(1, 0, 2)
    return x.reshape(-1, options.slices(), *x.shape[1:]).tolist()


def export(net, options, path):
    """Writes path.onnx and path.json."""
    layers = {node.name: net.layers[key(node.name)] for node in net.main_layers() if key(node.name) in net.layers}
    inputs = {node.name: node.input for node in net.main_layers()}
    weights = {}
    with torch.no_grad():
        for name, layer in layers.items():
            weight = net.tensor(inputs[name][1])
            parts = [layer.codes(weight, t).double() * layer.scale()[t].double()[:, None, None, None]
                     for t in range(layer.tiles)]
            weights[name] = torch.cat(parts, 1).numpy()
    gains = save_folded(net, f"{path}.onnx", weights)
    tensors = [{"name": name, "bits": q.bits, "signed": q.signed, "scale": float(q.step())}
               for name in dict.fromkeys(i[0] for i in inputs.values())
               if key(name) in net.inputs for q in [net.inputs[key(name)]]]
    described = [{"name": name, "tiles": layer.tiles, "outputs": layer.out,
                  "weight_scale": (layer.scale().detach().double().numpy() * gains[name]).tolist(),
                  "step": planes_first(layer.step().float(), options),
                  "centre": planes_first(layer.centre.int(), options)} for name, layer in layers.items()]
    document = {"format": "imcvp-column-parameters", "version": 1, "weight_bits": options.weight_bits,
                "activation_bits": options.activation_bits, "cell_bits": options.cell_bits,
                "adc_bits": options.adc_bits, "array_rows": options.array_rows,
                "split_polarity": options.split_polarity, "weights": options.weights,
                "partial_sums": options.partial_sums, "tensors": tensors, "layers": described}
    pathlib.Path(f"{path}.json").write_text(json.dumps(document) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="float ONNX file")
    parser.add_argument("out", help="OUT of OUT.onnx and OUT.json")
    parser.add_argument("--weight-bits", type=int, default=4)
    parser.add_argument("--activation-bits", type=int, default=4)
    parser.add_argument("--cell-bits", type=int, default=2)
    parser.add_argument("--adc-bits", type=float, default=4, help="1, 1.5 (ternary), 2 to 8")
    parser.add_argument("--array-rows", type=int, default=128)
    grain = ("layer", "array", "column")
    parser.add_argument("--weights", choices=grain, default="column", help="what shares a weight scale")
    parser.add_argument("--partial-sums", choices=grain, default="column", help="what shares a converter's step")
    parser.add_argument("--split-polarity", action="store_true", help="positive and negative arrays")
    parser.add_argument("--scale-lr", type=float, default=0.01, help="of the logarithms of steps and scales")
    add_data_arguments(parser)
    options = parse(parser, lr=1e-3, images=20000)
    if options.weight_bits % options.cell_bits:
        parser.error(f"--weight-bits: {options.weight_bits} bits are no whole number of {options.cell_bits}-bit cells")
    if options.adc_bits not in (1, 1.5, 2, 3, 4, 5, 6, 7, 8):
        parser.error("--adc-bits: 1, 1.5 or 2 to 8 is expected")
    return options


def main():
    o = arguments()
    torch.manual_seed(o.seed)
    net = read_network(o)
    shape = net.input_shape()
    data = load_data(o, "train", shape)
    test = load_data(o, "test", shape) if o.test else None
    measure = Measured(net, test)
    measure("float")
    column = ColumnOptions(o.weight_bits, o.activation_bits, o.cell_bits, o.adc_bits, o.array_rows, o.weights,
                           o.partial_sums, o.split_polarity)
    prepare(net, column)
    fit_activations(net, data, o.seed)
    measure("ideal converters, no training")
    fit_adcs(net, data, o.seed)
    measure("calibrated, no training")
    if o.images:
        train(net, data, torch.optim.Adam(parameter_groups(net, o.lr, o.scale_lr)), o.images, o.batch, o.seed, o.augment)
        measure("fine-tuned")
    export(net, column, o.out)
    print(json.dumps({"adc_bits": o.adc_bits, "weights": o.weights, "partial_sums": o.partial_sums,
                      "images": o.images, **measure.result}))


if __name__ == "__main__":
    try:
        main()
    except (BadNetwork, BadData, OSError) as error:
        sys.exit(f"qat_column.py: {error}")
