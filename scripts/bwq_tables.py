# SPDX-License-Identifier: Apache-2.0
"""Tables of scripts/validate_bwq.py, from the summaries of its runs: {Table II row: {design: summary}}."""
import math

# Speed and energy over ISAAC: BWQ as printed, the others from its printed ratios (bwq.md 3.4, 3.6).
PAPER = {"sre": (1.37, 1.46), "sme": (1.66, 2.28), "bsq": (4.19, 6.57), "bwq_h": (6.08, 17.47)}
COMPARED = ["sre", "sre, fixed units", "sme", "sme, 8 bit", "bsq", "bwq_h"]
BANDS = {"bsq": ((3.8, 4.7), (5.5, 8)), "bwq_h": ((5.5, 6.7), (15, 20))}  # bwq.md 5.7, check 6
# What an operation unit does every cycle; all the rest is moving, merging and finishing data.
UNIT_COMPONENTS = {"adc", "crossbar", "dac", "sample_hold", "controller"}
TABLE_1_SHARE = 0.0307  # buffer, controller and other digital of BWQ's Table I (bwq.md 2.23, 5.5)


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows]


def unit_energy(summary):
    """Joules of the operation units."""
    unit = sum(c["energy_j"] for c in summary["components"] if c["name"] in UNIT_COMPONENTS)
    return unit + sum(e["energy_j"] for c in summary["components"] if c["name"] == "shift_add"
                      for e in c["events"] if e["name"] == "add")


def geometric(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")


def speed_gain(designs, design):
    return designs["isaac_ou"]["latency_s"] / designs[design]["latency_s"]


def energy_gain(designs, design, fixed=None):
    """As simulated; with `fixed`, all energy outside the units is one amount an image, this share of isaac_ou's."""
    isaac, other = designs["isaac_ou"], designs[design]
    if fixed is None:
        return isaac["energy_j"] / other["energy_j"]
    return 1 / (fixed + (1 - fixed) * unit_energy(other) / unit_energy(isaac))


def mean(runs, gain, design, *more):
    return geometric(gain(d, design, *more) for d in runs.values() if design in d)


def fit(runs, target):
    """The fixed share at which BWQ's mean energy gain is the target (bisection)."""
    low, high = 0.0, 0.5
    for _ in range(60):
        f = (low + high) / 2
        low, high = (f, high) if mean(runs, energy_gain, "bwq_h", f) > target else (low, f)
    return (low + high) / 2


def networks(runs):
    rows = []
    for (dataset, network, bsq, bwq), designs in runs.items():
        cells = [f"{network}, {dataset}", f"{32 / bwq[1]:.3f} / {bwq[0]}", f"{32 / bsq[1]:.3f} / {bsq[0]}"]
        cells += [f"{speed_gain(designs, d):.2f} / {energy_gain(designs, d):.2f}" if d in designs else "-"
                  for d in COMPARED]
        rows.append(cells)
    return table(["network", "BWQ bits / act.", "BSQ bits / act."] + COMPARED, rows)


def within(value, band):
    return f"{value:.2f}" if band is None else f"{value:.2f} ({'in' if band[0] <= value <= band[1] else 'not in'} " \
                                               f"{band[0]:g} to {band[1]:g})"


def means(runs):
    cifar = {row: d for row, d in runs.items() if row[0] != "imagenet"}
    f = fit(runs, PAPER["bwq_h"][1])
    rows = []
    for design in COMPARED:
        speed, energy = PAPER[design.split(",")[0]]
        bands = BANDS.get(design, (None, None))
        rows.append([design, within(mean(runs, speed_gain, design), bands[0]),
                     within(mean(cifar, speed_gain, design), bands[0]), f"{speed}"] +
                    [within(mean(runs, energy_gain, design, fixed), bands[1]) for fixed in (None, TABLE_1_SHARE, f)] +
                    [f"{energy}"])
    share = [1 - sum(map(unit_energy, s)) / sum(x["energy_j"] for x in s)
             for s in ([d[name] for d in runs.values() if name in d] for name in ("isaac_ou", "bwq_h"))]
    head = ["over isaac_ou, geometric means", f"speed, {len(runs)} networks", f"speed, {len(cifar)} CIFAR rows", "paper",
            "energy, untuned", f"energy, fixed share {TABLE_1_SHARE} (Table I)", f"energy, fixed share {f:.4f} (fitted)",
            "paper"]
    return table(head, rows) + [
        "", f"Energy outside the operation units, untuned: {100 * share[0]:.1f} % of all `isaac_ou` runs, "
        f"{100 * share[1]:.1f} % of all `bwq_h` runs. The one fitted constant is `fixed_energy_share` = {f:.4f}: all energy "
        "outside the units taken as one amount an image, the same for every design, this share of `isaac_ou`'s."]


def order(runs):
    """Check 6: ISAAC < SRE < SME < BSQ < BWQ in both; each reading of SRE and SME on its own."""
    lines = []
    for sre in ("sre", "sre, fixed units"):
        for sme in ("sme", "sme, 8 bit"):
            chain = [sre, sme, "bsq", "bwq_h"]
            for what, gain in (("speed", speed_gain), ("energy", energy_gain)):
                full = [d for d in runs.values() if all(c in d for c in chain)]
                rises = [all(a < b for a, b in zip([1.0] + g, g)) for g in ([gain(d, c) for c in chain] for d in full)]
                total = [1.0] + [mean(runs, gain, c) for c in chain]
                holds = all(a < b for a, b in zip(total, total[1:]))
                lines.append([sre, sme, what, "holds" if holds else "does not hold", f"{sum(rises)} of {len(full)}"])
    return table(["SRE as", "SME as", "in", "ISAAC < SRE < SME < BSQ < BWQ, means", "networks on which it holds"], lines)


def vgg(runs):
    """Check 7."""
    rows = []
    for dataset in ("cifar10", "cifar100"):
        both = [d["bwq_h"] for r, d in runs.items() if r[0] == dataset and r[1].startswith("vgg") and "bwq_h" in d]
        if len(both) == 2:
            ms = [1e3 * s["latency_s"] for s in both]
            rows.append([dataset, f"{ms[0]:.3f}", f"{ms[1]:.3f}", "holds" if ms[1] >= ms[0] else "does not hold"])
    return table(["data", "VGG16-BN, ms", "VGG19-BN, ms", "VGG19-BN is not faster"], rows)


def stored(summary, name="stored_index_bits"):
    return sum(layer["observed"].get(f"controller.{name}", 0) for layer in summary["layers"])


def index(runs):
    """Check 9: index storage as the machines of the runs hold it, and as bwq.md 3.9 reads the paper."""
    rows, ratios = [], []
    for row, designs in runs.items():
        if row[0] != "cifar10" or not {"sre", "sme", "bwq_h"} <= designs.keys():
            continue
        weights = designs["isaac_ou"]["network"]["params"]
        bwq = stored(designs["bwq_h"])
        bits = {"SRE, a row number each kept row of 8 cells": stored(designs["sre"]),
                "SRE, a row number each 8 weights at 3.3x": weights / 8 / 3.3 * 7,
                "SME, a row number each kept array row": stored(designs["sme"]), "SME, 1 bit each 128 weights": weights / 128,
                "BWQ, 4 bit a block": bwq, "BWQ, bitmap and 4 bit": stored(designs["bwq_h"], "stored_bitmap_index_bits"),
                "BWQ, bitmap alone": bwq / 4}
        rows.append([row[1]] + [f"{b / 8192:.1f}" for b in bits.values()])
        sre, sme = bits["SRE, a row number each 8 weights at 3.3x"], bits["SME, 1 bit each 128 weights"]
        own = [bits[n] for n in ("BWQ, 4 bit a block", "BWQ, bitmap and 4 bit", "BWQ, bitmap alone")]
        ratios.append([sre / b for b in own] + [b / sme for b in own])
    if not ratios:
        return ["No CIFAR-10 network was run."]
    m = [f"{geometric(column):.1f}" for column in zip(*ratios)]
    return table(["KiB", *bits], rows) + [
        "", f"SRE (8 weights, 3.3x) / BWQ: {m[0]} with 4 bits a block, {m[1]} with bitmap and 4 bits, {m[2]} with the bitmap "
        f"alone; the paper: 17.38. BWQ / SME (1 bit each 128 weights): {m[3]}, {m[4]}, {m[5]}; the paper: 4.46."]


def gammas(runs, found):
    """How the spread of bits over layers moves the means: {gamma: {row: {design: summary}}}."""
    rows = []
    for gamma, other in found.items():
        both = {row: {**designs, **other.get(row, {})} for row, designs in runs.items()}
        rows.append([f"{gamma:g}"] + [f"{mean(both, gain, d):.2f}" for d in ("bsq", "bwq_h")
                                      for gain in (speed_gain, energy_gain)])
    return table(["layer_gamma", "bsq, speed", "bsq, energy", "bwq_h, speed", "bwq_h, energy"], rows)


def trained(found):
    """SRE and SME on trained weights and an image, and on synthetic ones: {name: {design: summary}}."""
    designs = ["sre", "sre, fixed units", "sme", "sme, 8 bit"]
    return table(["weights and input"] + designs,
                 [[name] + [f"{speed_gain(d, c):.2f} / {energy_gain(d, c):.2f}" for c in designs]
                  for name, d in found.items()])
