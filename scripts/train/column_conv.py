# SPDX-License-Identifier: Apache-2.0
"""A convolution on ColumnQuant's arrays, trainable: reference columnquant.md sections 2 and 8 with the intended mapping
(kernels stay whole, a tile sees its own channels alone) and constant centres; integers as in docs/numbers.md, "Column-wise
partial sums".

Planes are (polarity, slice) pairs in the order of the compiler, [polarity][slice]. One weight code a cell group serves
all slices (columnquant.md 2.3b notes that the released code may learn another code for every slice).

Gradients: rounding passes them straight through; a converter passes them inside its range only. A code's change spreads
over its digits, so weight and input see the mean of the planes' masks. The paper's code leaves this to its splitting
module; here it is a choice.
"""
import dataclasses

import torch
import torch.nn.functional as F

from quantizers import least_squares_scale, rounded

CACHED = 2**18  # numbers that stay in a core's second-level cache
SAMPLES = 2000  # sums of a column that a batch gives to the search for its step


@dataclasses.dataclass
class ColumnOptions:
    """Names and meanings as in firmware/compiler/quantize/options.h."""
    weight_bits: int = 4
    activation_bits: int = 4
    cell_bits: int = 2
    adc_bits: float = 4
    array_rows: int = 128
    weights: str = "column"
    partial_sums: str = "column"
    split_polarity: bool = False

    def slices(self):
        return self.weight_bits // self.cell_bits

    def planes(self):
        return self.slices() * (2 if self.split_polarity else 1)

    def adc_range(self):
        """Codes around the centre (columnquant.md 8.5)."""
        if self.adc_bits == 1:
            return 0.0, 1.0
        if self.adc_bits == 1.5:
            return -1.0, 1.0
        return -(2.0 ** (self.adc_bits - 1)), 2.0 ** (self.adc_bits - 1) - 1


def digits(codes, options):
    """Digit planes of weight codes (...): (planes, ...), same dtype."""
    k, planes = codes.detach().to(torch.int32), []
    for part in ([k.clamp(min=0), (-k).clamp(min=0)] if options.split_polarity else [k]):
        for s in range(options.slices()):
            shift = options.cell_bits * (options.slices() - 1 - s)
            planes.append(part >> shift if s == 0 else (part >> shift) & (2**options.cell_bits - 1))
    return torch.stack(planes).to(codes.dtype)


def significance(options, like):
    """What a plane's sums count: (planes, 1, 1), negative for negative arrays."""
    s = options.slices()
    one = [2.0 ** (options.cell_bits * (s - 1 - i)) for i in range(s)]
    return like.new_tensor(one + [-v for v in one] if options.split_polarity else one).reshape(-1, 1, 1)


class Converted(torch.autograd.Function):
    """sum over planes of adc(conv(a, digits)) x step x weight scale x significance, for one tile.

    a (N, n, H, W) codes, k (O, n, h, w) weight codes, step and centre (planes, O), scale (O). Works on some images at a
    time, so that what the converters see stays in the processor's cache."""

    @staticmethod
    def forward(ctx, a, k, step, scale, centre, options, geometry):
        planes, out = step.shape
        d = digits(k, options).reshape(planes * out, *k.shape[1:])
        divisor = step[:, :, None, None]
        low, high = ((centre + edge)[:, :, None, None] for edge in options.adc_range())
        significances = significance(options, step)[:, :, 0]
        weight = (significances * step)[:, :, None, None]
        ys, masks, errors = [], [], []
        images = max(1, CACHED * len(a) // (planes * out * a[:, 0].numel()))
        for part in a.split(images):
            v = F.conv2d(part, d, None, *geometry).unflatten(1, (planes, out)).div_(divisor)
            z = torch.round(v)
            q = torch.clamp(z, low, high)
            inside = z.eq_(q)
            ys.append((q * weight).sum(1))
            if any(ctx.needs_input_grad):
                masks.append(inside.mean(1))
                errors.append(q.sub_(v.mul_(inside)))
        y = torch.cat(ys)
        if errors:
            ctx.save_for_backward(a, k, step, scale, y)
            ctx.parts = (torch.cat(masks), errors, images, geometry, significances)
        return y * scale[:, None, None]

    @staticmethod
    def backward(ctx, g):
        a, k, step, scale, y = ctx.saved_tensors
        mask, errors, images, geometry, significances = ctx.parts
        g_scale = (g * y).sum((0, 2, 3))
        g = g * scale[:, None, None]
        g_step = sum((error * part[:, None]).sum((0, 3, 4)) for error, part in zip(errors, g.split(images))) * significances
        g = g.mul_(mask)
        stride, padding, dilation = geometry
        g_a, g_k, _ = torch.ops.aten.convolution_backward(g, a, k, None, stride, padding, dilation, False, [0, 0], 1,
                                                          [ctx.needs_input_grad[0], True, False])
        return g_a, g_k, g_step, g_scale, None, None, None


class ColumnConv(torch.nn.Module):
    """Takes the place of a convolution whose input passed `activation` (quantizers.Activation) before."""

    def __init__(self, node, attributes, weight, activation, options):
        super().__init__()
        self.name, self.options = node.name, options
        self.activation = [activation]  # in a list: it is the network's submodule, not ours
        self.geometry = (attributes.get("strides", [1, 1]), attributes.get("pads", [0] * 4)[:2],
                         attributes.get("dilations", [1, 1]))
        self.out, channels = weight.shape[:2]
        self.tile = min(options.array_rows // (weight.shape[2] * weight.shape[3]), channels)
        if self.tile == 0:
            raise ValueError(f"{node.name}: a kernel of {tuple(weight.shape[2:])} does not fit {options.array_rows} rows")
        self.tiles = -(-channels // self.tile)
        self.ideal, self.seen = False, None
        shape = {"layer": (1, 1), "array": (self.tiles, 1), "column": (self.tiles, self.out)}
        self.log_scale = torch.nn.Parameter(torch.zeros(shape[options.weights]))
        p = options.planes()
        shape = {"layer": (1, 1, 1), "array": (self.tiles, p, 1), "column": (self.tiles, p, self.out)}
        self.log_step = torch.nn.Parameter(torch.zeros(shape[options.partial_sums]))
        self.register_buffer("centre", torch.zeros(self.tiles, p, self.out))
        self.fit_weights(weight.detach())

    def code_range(self):
        return -(2.0 ** (self.options.weight_bits - 1)), 2.0 ** (self.options.weight_bits - 1) - 1

    def tiles_of(self, x, dim=1):
        return x.split(self.tile, dim)

    def scale(self):
        """Weight scale of each tile and output: (tiles, O)."""
        return self.log_scale.exp().expand(self.tiles, self.out)

    def step(self):
        """Converter step in units of the integer sum: (tiles, planes, O). Sums are whole: below 1 nothing is gained."""
        return self.log_step.clamp(min=0.0).exp().expand(self.tiles, self.options.planes(), self.out)

    def fit_weights(self, weight):
        parts = [w.flatten(1) for w in self.tiles_of(weight)]
        low, high = self.code_range()
        if self.options.weights == "layer":
            found = least_squares_scale(weight.reshape(1, -1), low, high).reshape(1, 1)
        elif self.options.weights == "array":
            found = torch.stack([least_squares_scale(p.reshape(1, -1), low, high) for p in parts])
        else:
            found = torch.stack([least_squares_scale(p, low, high) for p in parts])
        with torch.no_grad():
            self.log_scale.copy_(found.log())

    def codes(self, weight, tile):
        """Weight codes of one tile, as numbers that pass gradients: (O, n, h, w)."""
        low, high = self.code_range()
        scale = self.scale()[tile][:, None, None, None]
        return rounded((self.tiles_of(weight)[tile] / scale).clamp(low, high))

    def forward(self, x, weight, bias):
        s_a = self.activation[0].step()
        a = rounded(x / s_a)
        scale, step = self.scale(), self.step()
        y = 0.0
        for t, part in enumerate(self.tiles_of(a)):
            k = self.codes(weight, t)
            if self.seen is not None:
                self.seen[t].append(self.sample(part.detach(), k.detach()))
            if self.ideal:
                y = y + F.conv2d(part, k, None, *self.geometry) * scale[t][:, None, None]
            else:
                y = y + Converted.apply(part, k, step[t], scale[t], self.centre[t], self.options, self.geometry)
        y = y * s_a
        return y if bias is None else y + bias[:, None, None]

    def sample(self, a, k):
        """Integer sums of one tile at random positions, the same for all tiles: (planes, O, samples).

        Drawn, not every n-th: a stride that divides the width of the image sees its border alone."""
        sums = F.conv2d(a, digits(k, self.options).flatten(0, 1), None, *self.geometry)
        sums = sums.unflatten(1, (self.options.planes(), self.out)).permute(1, 2, 0, 3, 4).flatten(2)
        drawn = torch.randperm(sums.shape[2], generator=torch.Generator().manual_seed(sums.shape[2]))[:SAMPLES]
        return sums[:, :, drawn]
