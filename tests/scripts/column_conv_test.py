# SPDX-License-Identifier: Apache-2.0
"""The fake-quantised convolution against docs/numbers.md, "Column-wise partial sums", in whole numbers."""
import itertools
import unittest

import support  # noqa: F401  (skips where torch is missing)
import numpy as np
import torch
from onnx import helper

from column_conv import ColumnConv, ColumnOptions
from column_fit import fit_converters
from quantizers import Activation


def rne(x):
    return np.rint(x)


def digit(w, polarity, s, options):
    """docs/numbers.md: digits of a weight code."""
    c, slices = options.cell_bits, options.weight_bits // options.cell_bits
    if options.split_polarity:
        w = max(w, 0) if polarity == 0 else max(-w, 0)
    shift = c * (slices - 1 - s)
    return w >> shift if s == 0 else (w >> shift) % 2**c


def bounds(b):
    return {1: (0, 1), 1.5: (-1, 1)}.get(b, (-2 ** (int(b) - 1), 2 ** (int(b) - 1) - 1))


def integer_layer(x, codes, layer, options, stride):
    """Loops of docs/numbers.md over one image (C, H, W) of codes: real outputs (O, H', W')."""
    out, channels, k, _ = codes.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    h = (x.shape[1] + 2 - k) // stride + 1
    n = min(options.array_rows // (k * k), channels)
    step, centre = layer.step().detach().numpy(), layer.centre.numpy()
    scale, slices = layer.scale().detach().numpy(), options.weight_bits // options.cell_bits
    lo, hi = bounds(options.adc_bits)
    y = np.zeros((out, h, h))
    polarities = 2 if options.split_polarity else 1
    for o, py, px, p, s, t in itertools.product(range(out), range(h), range(h), range(polarities), range(slices),
                                                range(-(-channels // n))):
        total = 0
        for c in range(t * n, min(channels, t * n + n)):
            for i, j in itertools.product(range(k), range(k)):
                total += int(padded[c, py * stride + i, px * stride + j]) * digit(int(codes[o, c, i, j]), p, s, options)
        plane = p * slices + s
        m = centre[t, plane, o]
        q = min(max(rne(total / step[t, plane, o]), m + lo), m + hi)
        sign = -1 if p == 1 else 1
        y[o, py, px] += sign * q * step[t, plane, o] * scale[t, o] * 2 ** (options.cell_bits * (slices - 1 - s))
    return y


class ColumnConvTest(unittest.TestCase):
    def check(self, stride=1, **chosen):
        options = ColumnOptions(**chosen)
        random = torch.Generator().manual_seed(5)
        weight = torch.randn(3, 17, 3, 3, generator=random).double() * 0.1
        node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")
        activation = Activation(options.activation_bits).double()
        activation.log_step.data.fill_(np.log(0.125))
        layer = ColumnConv(node, {"strides": [stride] * 2, "pads": [1] * 4}, weight, activation, options).double()
        codes = torch.randint(0, 2**options.activation_bits, (2, 17, 5, 5), generator=random)
        x = codes.double() * 0.125
        layer.seen, layer.ideal = [[] for _ in range(layer.tiles)], True
        layer(x, weight, None)
        fit_converters(layer)
        layer.seen, layer.ideal = None, False
        k = torch.cat([layer.codes(weight, t) for t in range(layer.tiles)], 1).detach().numpy()
        low, high = -(2 ** (options.weight_bits - 1)), 2 ** (options.weight_bits - 1) - 1
        s_w = layer.scale().detach().numpy().T.repeat([9 * c for c in layer_channels(layer, 17)], axis=1)
        expected = np.clip(rne(weight.numpy().reshape(3, -1) / s_w), low, high)
        np.testing.assert_array_equal(k.reshape(3, -1), expected)
        y = layer(x, weight, None).detach().numpy()
        for image in range(2):
            want = integer_layer(codes[image].numpy(), k.astype(int), layer, options, stride) * 0.125
            np.testing.assert_allclose(y[image], want, rtol=1e-12, atol=1e-12)

    def test_every_converter(self):
        for bits in (1, 1.5, 2, 3, 4, 8):
            with self.subTest(adc_bits=bits):
                self.check(adc_bits=bits)

    def test_every_granularity(self):
        for weights, sums in itertools.product(("layer", "array", "column"), repeat=2):
            with self.subTest(weights=weights, partial_sums=sums):
                self.check(weights=weights, partial_sums=sums, adc_bits=2)

    def test_two_polarities_single_bit_cells_and_strides(self):
        self.check(split_polarity=True, adc_bits=3)
        self.check(weight_bits=3, cell_bits=1, activation_bits=3, adc_bits=1.5, stride=2)
        self.check(array_rows=64, adc_bits=1)

    def test_wide_converters_lose_nothing(self):
        """With a step of 1 and 16 bits the layer is the plain product of codes, in its gradients too."""
        options = ColumnOptions(adc_bits=16)
        weight = torch.randn(4, 20, 3, 3, generator=torch.Generator().manual_seed(1))
        node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")
        layer = ColumnConv(node, {"pads": [1] * 4}, weight, Activation(4), options)
        x = torch.randint(0, 16, (1, 20, 6, 6), generator=torch.Generator().manual_seed(2)).float()
        found = []
        for layer.ideal in (False, True):
            inputs = [x.clone().requires_grad_(), weight.clone().requires_grad_()]
            y = layer(*inputs, None)
            found.append([y, *torch.autograd.grad((y * torch.arange(36.0).reshape(6, 6)).sum(),
                                                  [*inputs, layer.log_scale])])
        for converted, plain in zip(*found):
            torch.testing.assert_close(converted, plain, rtol=1e-4, atol=1e-3)

    def test_first_steps_see_the_whole_image(self):
        """Ones under a kernel of ones sum to 9, and to 6 or 4 along the border: 900 of 1,024 positions are inside."""
        node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")
        weight = torch.ones(1, 1, 3, 3)
        layer = ColumnConv(node, {"pads": [1] * 4}, weight, Activation(4), ColumnOptions())
        sums = layer.sample(torch.ones(64, 1, 32, 32), weight)[1, 0]  # the slice that holds the one
        self.assertAlmostEqual(float((sums == 9).float().mean()), 900 / 1024, delta=0.03)


def layer_channels(layer, channels):
    return [min(layer.tile, channels - t * layer.tile) for t in range(layer.tiles)]


if __name__ == "__main__":
    unittest.main()
