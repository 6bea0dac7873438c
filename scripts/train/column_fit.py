# SPDX-License-Identifier: Apache-2.0
"""First steps and constant centres of ColumnQuant's converters: least squared error over sums that were seen.

The search is the compiler's (firmware/compiler/quantize/column_adc.cpp): the step falls from the full range to a tenth of it
in 40 steps, the centre follows the mean; alone in a group, a column also tries the codes beside it.
"""
import torch

CANDIDATES = 40


def column_error(sums, step, centre, low, high):
    """Squared error of each column: sums (C, n), step and centre (C)."""
    q = torch.round(sums / step[:, None])
    q = torch.minimum(torch.maximum(q, (centre + low)[:, None]), (centre + high)[:, None])
    return ((q * step[:, None] - sums) ** 2).sum(1)


def fit_columns(sums, low, high):
    """A step and a centre for every column of sums (C, n)."""
    width, mean = sums.amax(1) - sums.amin(1), sums.mean(1)
    best, centre = torch.ones_like(mean), torch.round(mean)
    least = torch.where(width > 0, torch.full_like(mean, float("inf")), torch.full_like(mean, -1.0))
    for i in range(CANDIDATES):
        step = (width / (high - low) * 0.1 ** (i / (CANDIDATES - 1))).clamp(min=1.0)
        middle = torch.round(mean / step - 0.5 * (low + high))
        for shift in (-1, 0, 1):
            error = column_error(sums, step, middle + shift, low, high)
            better = error < least
            least = torch.where(better, error, least)
            best, centre = torch.where(better, step, best), torch.where(better, middle + shift, centre)
    return best, centre


def fit_group(sums, low, high):
    """One step and one centre for all columns of sums (C, n)."""
    widest, mean = (sums.amax(1) - sums.amin(1)).max(), sums.mean()
    if widest == 0:
        return torch.ones(()), torch.round(mean)
    least, best, centre = float("inf"), None, None
    for i in range(CANDIDATES):
        step = (widest / (high - low) * 0.1 ** (i / (CANDIDATES - 1))).clamp(min=1.0)
        middle = torch.round(mean / step - 0.5 * (low + high))
        ones = torch.ones(len(sums))
        error = float(column_error(sums, step * ones, middle * ones, low, high).sum())
        if error < least:
            least, best, centre = error, step, middle
    return best, centre


def fit_converters(layer):
    """Sets step and centre of a ColumnConv from layer.seen, [tile][batch] of (planes, O, samples)."""
    low, high = layer.options.adc_range()
    sums = [torch.cat(batches, 2) for batches in layer.seen]
    with torch.no_grad():
        if layer.options.partial_sums == "layer":
            shortest = min(s.shape[2] for s in sums)
            step, centre = fit_group(torch.cat([s[:, :, :shortest].flatten(0, 1) for s in sums]), low, high)
            layer.log_step.fill_(float(step)).log_()
            layer.centre.fill_(float(centre))
            return
        for t, tile in enumerate(sums):
            for p, plane in enumerate(tile):
                fit = fit_columns if layer.options.partial_sums == "column" else fit_group
                step, centre = fit(plane, low, high)
                layer.log_step[t, p] = step.log()
                layer.centre[t, p] = centre
