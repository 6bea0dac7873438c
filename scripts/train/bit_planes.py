# SPDX-License-Identifier: Apache-2.0
"""Weights as trainable bit planes with a precision for each block: BWQ-A (reference bwq.md section 1).

A layer is a (K, out) matrix, K = input channel, kernel row, kernel column; a block is one operation unit of it, 9 x 8 weights.
Positive and negative bits are planes of their own, as in BSQ's code (bwq.md 1.9), so that signs can change.
"""
import torch

from quantizers import rounded

BITS = 8


class BitPlanes(torch.nn.Module):
    """Gives the layer's weight: scale / 255 x rne(sum over b of 2^b (positive - negative))."""

    def __init__(self, weight, block=(9, 8)):
        super().__init__()
        self.shape, self.block = weight.shape, block
        matrix = weight.detach().flatten(1).t()
        self.rows, self.columns = (-(-n // size) for n, size in zip(matrix.shape, block))
        scale = matrix.abs().max().clamp(min=1e-12)
        self.log_scale = torch.nn.Parameter(scale.log())
        self.register_buffer("precision", torch.full((self.rows, self.columns), BITS, dtype=torch.int32))
        self.positive, self.negative = (torch.nn.Parameter(torch.zeros(BITS, *matrix.shape)) for _ in range(2))
        self.set_codes(torch.round(matrix / scale * (2**BITS - 1)).int())

    def set_codes(self, codes):
        with torch.no_grad():
            for planes, part in ((self.positive, codes.clamp(min=0)), (self.negative, (-codes).clamp(min=0))):
                planes.copy_(torch.stack([(part >> b) & 1 for b in range(BITS)]))

    def spread(self, blocks):
        """A number of each block, at each of its weights: (K, out)."""
        grown = blocks.repeat_interleave(self.block[0], 0).repeat_interleave(self.block[1], 1)
        return grown[: self.positive.shape[1], : self.positive.shape[2]]

    def codes(self):
        """Whole numbers (K, out) within each block's precision; gradients pass."""
        power = 2.0 ** torch.arange(BITS).reshape(-1, 1, 1)
        top = (2.0 ** self.spread(self.precision)) - 1
        value = ((self.positive - self.negative) * power).sum(0)
        return rounded(torch.minimum(torch.maximum(value, -top), top))

    def forward(self):
        return (self.codes() * (self.log_scale.exp() / (2**BITS - 1))).t().reshape(self.shape)

    def keep_legal(self):
        """Bounds bits to 0..2 (BSQ) and holds masked ones at 0."""
        with torch.no_grad():
            mask = torch.arange(BITS).reshape(-1, 1, 1) < self.spread(self.precision)
            for planes in (self.positive, self.negative):
                planes.clamp_(0, 2).mul_(mask)

    def blocks(self, squares):
        """Sums of (BITS, K, out) over blocks: (BITS, rows, columns)."""
        padded = torch.nn.functional.pad(squares, (0, self.columns * self.block[1] - squares.shape[2],
                                                   0, self.rows * self.block[0] - squares.shape[1]))
        return padded.reshape(BITS, self.rows, self.block[0], self.columns, self.block[1]).sum((2, 4))

    def group_lasso(self):
        """bwq.md eq. 2; the small number as in BSQ's code."""
        return torch.sqrt(1e-8 + self.blocks(self.positive**2 + self.negative**2)).sum()

    def requantize(self):
        """Bits back to 0 and 1, then each block drops its leading planes that are zero (bwq.md 1.10)."""
        codes = self.codes().detach().int()
        self.set_codes(codes)
        used = self.blocks(self.positive.detach() + self.negative.detach()) > 0
        needed = (used * torch.arange(1, BITS + 1).reshape(-1, 1, 1)).amax(0)
        self.precision.copy_(torch.minimum(self.precision, needed.int()))

    def stored_bits(self):
        """Bits of all weights, signs not counted (bwq.md 1.19)."""
        return int(self.spread(self.precision).sum())

    def weights(self):
        return self.positive[0].numel()
