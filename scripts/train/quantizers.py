# SPDX-License-Identifier: Apache-2.0
"""Quantisers with learned steps (LSQ: Esser et al., ICLR 2020), rounding half to even like the platform.

Steps are kept as logarithms: one learning rate then fits all sizes, and none turns negative.
"""
import torch


def rounded(x):
    """rne(x); the gradient passes straight through."""
    return x + (torch.round(x) - x).detach()


def least_squares_scale(groups, low, high, steps=31):
    """For each row of groups (G, n) the scale of codes low..high with the least squared error: largest magnitude / -low,
    shrunk step by step to 40 % (the search of firmware/compiler/quantize/column.cpp). Rows of zeros give 1."""
    largest = groups.abs().amax(1)
    best, least = torch.ones_like(largest), torch.full_like(largest, float("inf"))
    for i in range(steps):
        scale = torch.where(largest > 0, largest * (1.0 - 0.02 * i) / max(-low, high), torch.ones_like(largest))
        error = ((torch.round(groups / scale[:, None]).clamp(low, high) * scale[:, None] - groups) ** 2).sum(1)
        better = error < least
        best, least = torch.where(better, scale, best), torch.where(better, error, least)
    return best


class Activation(torch.nn.Module):
    """Codes of a tensor, unsigned or symmetric two's complement, one learned step; gives code x step."""

    def __init__(self, bits):
        super().__init__()
        self.bits, self.signed, self.seen = bits, False, None
        self.log_step = torch.nn.Parameter(torch.zeros(()))

    def range(self):
        """Lowest and highest code, as firmware/compiler/quantize/build_tensor.cpp has them."""
        high = 2 ** (self.bits - 1) - 1 if self.signed else 2**self.bits - 1
        return (-high if self.signed else 0), high

    def step(self):
        return self.log_step.exp()

    def fit(self, numbers):
        """Sign and first step from numbers seen: least squared error over clipped ranges."""
        numbers = numbers.flatten()
        numbers = numbers[:: max(1, numbers.numel() // 200000)]
        self.signed = bool(numbers.min() < 0)
        low, high = self.range()
        largest, least, best = numbers.abs().max(), float("inf"), 1.0
        for i in range(80):
            step = largest * (1 - 0.0115 * i) / high if largest > 0 else torch.tensor(1.0)
            error = float(((torch.round(numbers / step).clamp(low, high) * step - numbers) ** 2).sum())
            if error < least:
                least, best = error, float(step)
        with torch.no_grad():
            self.log_step.fill_(best).log_()

    def forward(self, x):
        if self.seen is not None:
            self.seen.append(x.detach())
            return x
        low, high = self.range()
        step = self.step()
        return rounded((x / step).clamp(low, high)) * step
