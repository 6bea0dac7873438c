#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the associative-processor scenarios and writes their part of docs/validation.md.

    scripts/validate_ap.py [--vp ./vp] [--out out/validate_ap] [--networks] [--reuse]

Compares simulated cycles with the layer formulas worked out here, independently of the models, and with the figures of the
fact sheet the models were built from (its sections 2, 9 and 11). --networks runs AlexNet, VGG-16 and ResNet-50 as well, whose table
is kept as it is otherwise; --reuse takes runs that the output folder already has.
"""
import argparse
import csv
import json
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
CAPS, ROWS = 4096, 4800
REUSE = False
DONE = set()

# ResNet-18, i = out channels, j = length of a dot product, u = positions; bits of the HAWQ-V3 configurations.
LAYERS = ([("conv1", 64, 147, 12544)] +
          [(f"layer1.{u}.conv{c}", 64, 576, 3136) for u in (0, 1) for c in (1, 2)])
for stage, width, u in ((2, 128, 784), (3, 256, 196), (4, 512, 49)):
    LAYERS += [(f"layer{stage}.0.conv1", width, width // 2 * 9, u), (f"layer{stage}.0.conv2", width, width * 9, u),
               (f"layer{stage}.0.downsample", width, width // 2, u), (f"layer{stage}.1.conv1", width, width * 9, u),
               (f"layer{stage}.1.conv2", width, width * 9, u)]
LAYERS += [("fc", 1000, 512, 1)]
BITS = {"int4": "844444444444444444448", "low": "888848484444444444448", "medium": "888888488488844848448",
        "high": "888888888488884848848", "int8": "888888888888888888888"}
# Section 11: latency ms, energy mJ, EDP relative to INT4; section 2: top-1 %, size MB, BOPS G.
SHEET = {"int4": (0.0650, 2.270, 1.000, 68.45, 5.8, 34), "low": (0.0771, 3.272, 1.708, 68.56, 6.1, 54),
         "medium": (0.0915, 4.430, 2.745, 70.34, 7.2, 76), "high": (0.1012, 5.275, 3.616, 70.40, 8.7, 92),
         "int8": (0.1142, 6.401, 4.952, 71.56, 11.1, 116)}
NETWORKS = {("alexnet", 2): 0.019, ("alexnet", 4): 0.025, ("alexnet", 8): 0.046, ("vgg16", 2): 0.355,
            ("vgg16", 4): 0.468, ("vgg16", 8): 0.851, ("resnet50", 2): 0.093, ("resnet50", 4): 0.128,
            ("resnet50", 8): 0.245}


COMPRESSION = """Each EDP ratio is the product of a time ratio and an energy ratio. Time: the image's way in by DMA takes the same 122 us
whatever the precision and outweighs the formulas' 65 to 114 us; without it, what is left beside the formulas are row transfers,
requantisation, additions and pooling, which depend little on the weights' bits. Energy: products cost 4 M^2 match lines a row and
shrink by four from 8 to 4 bits; adding them up costs lines in proportion to the width and shrinks only by two. The carry-save tree
that section 11 uses for time has about twice the lines of the ripple tree that it counts for energy, hence the smaller ratios
(columns "compares", worked out in the script: the ripple tree's ratios are the sheet's within 0.5 %); the run's stay below its own
compares by the network, memory APs, written cells and 16-bit additions. No constant was fitted."""
MODES = """Loads over the links are real packets (docs/models/associative.md, "Operands over the network"). Weights from DRAM come through LOADs,
DMA and network with each image: 256-byte bursts, one at a time, each 50 ns of memory latency and 20 ns of transfer, about 3.4 GB/s."""
PEAK = """One product a row of all 4096 x 4800 rows, operands in and product out by columns: 4 M + 8 M^2 cycles at 1 GHz, two operations.
Written cells are the mean over all operands (16 bits: 65,536 drawn pairs), from passes executed in the script. The recalled numbers are
not confirmed (bf-imna.md section 1.10); its section 12 expects 0.45 to 1.2 times their throughput, and the script stops outside that. Their
GOPS/W hold terms linear in M that are not known; at 8 and 16 bits the calibrated line comes near, at 1 bit it cannot."""
CALIBRATED = """`technology=technologies/bf_imna_calibrated.yaml`. Section 11 counts the reduction by ripple-tree passes; the carry-save tree that runs has
about twice their match lines. Word operations, memory APs and the network are in the run alone."""
STALLS = """ResNet-18 INT8 with `load: network` on links of several widths: sums over its layers of what the slowest cluster of each takes by the
formula, waits, and took. The script stops if a layer's time is not the sum of both."""


def log2_up(n):
    return (n - 1).bit_length()


def layer_cycles(i, j, u, bits):
    """Section 9 with the carry-save tree: steps x (load + multiply + reduce + merge + read)."""
    word, out = 2 * bits, 2 * bits + log2_up(j)
    segments = -(-j // ROWS)
    steps = -(-i * u // (CAPS * (ROWS // j))) if segments == 1 else -(-i * u * segments // CAPS)
    rows = min(j, ROWS)
    width = word + log2_up(rows)
    reduce = 11 + 22 * (log2_up(rows) - 1) + 8 * width + 8 * out * (segments - 1)
    return steps * (word + 8 * bits * bits + reduce + out)


def tree_compares(j, word, ripple):
    """Match lines that add up a dot product: carry-save steps of four adder passes and a shift, or full additions."""
    lines, level = 0, 0
    while j > 1:
        pairs = j // 2
        if ripple:
            lines += pairs * 4 * (word + level)
        else:
            lines += pairs * 5 * (word if level == 0 else 2 * (word + level) + 1)
        j -= pairs
        level += 1
    return lines + (0 if ripple else 4 * (word + level))


def compares(digits, ripple):
    """Match lines of all products and sums."""
    return sum(i * u * (j * 4 * int(d) ** 2 + tree_compares(j, 2 * int(d), ripple)) for (_, i, j, u), d in zip(LAYERS, digits))


def run(vp, out, scenario, *settings):
    return json.loads((run_folder(vp, out, scenario, *settings) / "summary.json").read_text())


def product_times(folder):
    """Cycles of products and sums by layer as the run's trace has them: what every stage of a layer spent in its steps."""
    stages = {}
    with open(folder / "activities.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["component"] == "cap" and row["operation"] in ("load", "multiply", "reduce", "read"):
                key = (row["layer"], row["track"])
                stages[key] = stages.get(key, 0) + int(row["duration_ps"])
    times = {}
    for (layer, track), ps in stages.items():
        if times.setdefault(layer, ps) != ps:
            raise SystemExit(f"{folder.name}: {track} takes {ps} ps, other stages of {layer} {times[layer]}")
    return {layer: ps / 1000 for layer, ps in times.items()}


def run_folder(vp, out, scenario, *settings):
    folder = out / (scenario + "".join("-" + s.replace("=", "_").replace(".", "_").replace("/", "_") for s in settings))
    command = [str(vp), "run", f"scenarios/{scenario}.yaml", "--out", str(folder), "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    if folder not in DONE and not (REUSE and (folder / "summary.json").exists()):
        subprocess.run(command, cwd=ROOT, check=True)
    DONE.add(folder)
    return folder


def observed(summary, name):
    return {layer["name"]: layer["observed"][name] for layer in summary["layers"] if name in layer["observed"]}


def hawq_table(vp, out):
    lines = ["| configuration | mismatches | formula cycles | simulated | formula ms (sheet) | latency us | energy mJ | EDP / INT4 | "
             "without image DMA | with formula time | sheet | top-1 % (published) |", "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    first = None
    edps = []
    for name, digits in BITS.items():
        quiet = ("trace.perfetto=false", "trace.vcd=false", "trace.html=false")
        s = run(vp, out, "resnet18_hawq_" + name, *quiet)
        cycles = product_times(run_folder(vp, out, "resnet18_hawq_" + name, *quiet))
        expected = {layer[0]: layer_cycles(*layer[1:], int(d)) for layer, d in zip(LAYERS, digits)}
        wrong = [layer for layer in expected if cycles.get(layer) != expected[layer]]
        if wrong:
            raise SystemExit(f"{name}: cycles of {wrong} differ from the formulas")
        own = s["latency_s"] - next(c["busy_s"] for c in s["components"] if c["name"] == "dma")
        now = (s["edp_js"], s["energy_j"] * own, s["energy_j"] * sum(expected.values()))
        first = first or now
        edps.append(s["edp_js"])
        ms, _, edp, top1, _, _ = SHEET[name]
        lines.append(f"| {name} | {s['reference']['mismatches']} of {s['reference']['compared']} | "
                     f"{sum(expected.values())} | {int(sum(cycles.values()))} | "
                     f"{sum(expected.values()) * 1e-6:.4f} ({ms:.4f}) | {s['latency_s'] * 1e6:.1f} | "
                     f"{s['energy_j'] * 1e3:.3f} | " + " | ".join(f"{a / b:.3f}" for a, b in zip(now, first)) +
                     f" | {edp:.3f} | {top1} |")
    if edps != sorted(edps):
        raise SystemExit("EDP does not grow from INT4 to INT8")
    return lines


def ratios_table(vp, out):
    """Where the EDP ratios lose against the sheet's, factor by factor."""
    lines = ["| configuration / INT4 | time, whole run | without image DMA | formula | energy, whole run | compares, carry-save tree | "
             "compares, ripple tree | energy, sheet |", "|---|---|---|---|---|---|---|---|"]
    first = None
    for name, digits in BITS.items():
        s = run(vp, out, "resnet18_hawq_" + name, "trace.perfetto=false", "trace.vcd=false", "trace.html=false")
        own = s["latency_s"] - next(c["busy_s"] for c in s["components"] if c["name"] == "dma")
        formula = sum(layer_cycles(*layer[1:], int(d)) for layer, d in zip(LAYERS, digits))
        now = (s["latency_s"], own, formula, s["energy_j"], compares(digits, False), compares(digits, True), SHEET[name][1])
        first = first or now
        lines.append(f"| {name} | " + " | ".join(f"{a / b:.3f}" for a, b in zip(now, first)) + " |")
    return lines


def stalls_table(vp, out):
    """load: network: what layers take beyond the formula of their slowest cluster."""
    lines = ["| flit bits | formula us | stalls us | measured us | layers that waited | latency us | NoC energy mJ | mismatches |",
             "|---|---|---|---|---|---|---|---|"]
    for flit in (1024, 512, 256, 128):
        s = run(vp, out, "resnet18_hawq_int8", "platform.associative.load=network", f"platform.noc.flit_bits={flit}",
                "trace.perfetto=false", "trace.vcd=false", "trace.html=false")
        steps, plain, stall = (observed(s, "map.links." + n) for n in ("steps_ps", "unstalled_ps", "stall_ps"))
        stall = {layer: stall.get(layer, 0) for layer in steps}  # what is 0 is not reported
        if any(steps[layer] != plain[layer] + stall[layer] for layer in steps):
            raise SystemExit("a layer's excess is not its stalls")
        noc = next(c["energy_j"] for c in s["components"] if c["name"] == "noc")
        lines.append(f"| {flit} | {sum(plain.values()) * 1e-6:.2f} | {sum(stall.values()) * 1e-6:.2f} | "
                     f"{sum(steps.values()) * 1e-6:.2f} | {sum(n > 0 for n in stall.values())} of {len(stall)} | "
                     f"{s['latency_s'] * 1e6:.1f} | {noc * 1e3:.3f} | {s['reference']['mismatches']} |")
    return lines


def product_writes(bits):
    """Cells written by a product of uniform operands, mean: passes on bit columns held in integers, one bit a row."""
    rows = 1 << 16
    rng = random.Random(1)
    if bits <= 8:
        pairs = [(a, b) for a in range(1 << bits) for b in range(1 << bits)]
    else:
        pairs = [(rng.getrandbits(bits), rng.getrandbits(bits)) for _ in range(rows)]
    rows, full = len(pairs), (1 << len(pairs)) - 1

    def column(values):
        return int("".join(map(str, values)), 2)

    a = [column([p[0] >> j & 1 for p in pairs]) for j in range(bits)]
    b = [column([p[1] >> j & 1 for p in pairs]) for j in range(bits)]
    product, written = [0] * (2 * bits), 0
    add = (((1, 1, 0), (0, 1)), ((1, 0, 0), (1, None)), ((0, 0, 1), (1, 0)), ((0, 1, 1), (0, None)))
    subtract = (((1, 0, 0), (1, 1)), ((1, 1, 0), (0, None)), ((0, 1, 1), (0, 0)), ((0, 0, 1), (1, None)))
    for i in range(bits):
        for j in range(bits):
            for key, values in subtract if i == bits - 1 else add:
                tags = a[i]
                for at, bit in ((b[j], key[0]), (product[i + j], key[1]), (product[i + bits], key[2])):
                    tags &= at if bit else full ^ at
                for at, bit in ((i + j, values[0]), (i + bits, values[1])):
                    if bit is not None:
                        product[at] = product[at] | tags if bit else product[at] & ~tags
                        written += bin(tags).count("1")
    return written / rows


def peak_table():
    """Section 12, point 5: one product a row of all arrays, operands in and product out, against recalled peak numbers."""
    lines = ["| bits | cycles | GOPS | recalled | ratio | GOPS/W at 4.0 fJ | at 10.8 fJ | recalled | ratio at 10.8 fJ |",
             "|---|---|---|---|---|---|---|---|---|"]
    for bits, gops, efficiency in ((1, 2808686, 22879), (8, 140434, 641), (16, 41654, 170)):
        cycles = 2 * bits + 8 * bits * bits + 2 * bits
        peak = 2 * CAPS * ROWS / cycles
        cells = product_writes(bits)
        fj = [4 * bits * bits * line + 0.5 * cells + 0.5 * 2 * bits + 0.1 * 2 * bits for line in (4.0, 10.8)]
        at = [2e6 / energy for energy in fj]  # 2 operations a product; 1 GOPS/W is 1e6 fJ an operation
        if not 0.44 <= peak / gops <= 1.2:
            raise SystemExit(f"{bits} bits: {peak:.0f} GOPS are outside the band 0.45 to 1.2 of section 12")
        lines.append(f"| {bits} | {cycles} | {peak:.0f} | {gops} | {peak / gops:.2f} | {at[0]:.0f} | {at[1]:.0f} | {efficiency} | "
                     f"{at[1] / efficiency:.2f} |")
    return lines


def calibrated_table(vp, out):
    """Energies with the match line calibrated on recalled peak numbers, as section 11 has them."""
    lines = ["| configuration | energy mJ at 10.8 fJ | sheet mJ | ratio | match lines alone mJ | mismatches |", "|---|---|---|---|---|---|"]
    for name, digits in BITS.items():
        s = run(vp, out, "resnet18_hawq_" + name, "technology=technologies/bf_imna_calibrated.yaml", "trace.perfetto=false",
                "trace.vcd=false", "trace.html=false")
        lines.append(f"| {name} | {s['energy_j'] * 1e3:.3f} | {SHEET[name][1]:.3f} | {s['energy_j'] * 1e3 / SHEET[name][1]:.3f} | "
                     f"{compares(digits, False) * 10.8e-12:.3f} | {s['reference']['mismatches']} |")
    return lines


def bits_table():
    lines = ["| configuration | MiB from the bits | published MB | BOPS from the bits (G) | published |", "|---|---|---|---|---|"]
    for name, digits in BITS.items():
        weights = sum(i * j * int(d) for (_, i, j, _), d in zip(LAYERS, digits))
        bops = sum(i * j * u * int(d) ** 2 for (_, i, j, u), d in zip(LAYERS, digits))
        lines.append(f"| {name} | {weights / 8 / 2**20:.2f} | {SHEET[name][4]} | {bops / 1e9:.1f} | {SHEET[name][5]} |")
    return lines


def variants_table(vp, out):
    lines = ["| ResNet-18 INT8 | latency us | energy mJ | lifetime | mismatches |", "|---|---|---|---|---|"]
    quiet = ("trace.perfetto=false", "trace.vcd=false", "trace.html=false")
    for text, settings in (("SRAM, ideal loads", ()), ("SRAM, loads over the links", ("platform.associative.load=network",)),
                           ("SRAM, weights from DRAM", ("platform.associative.weights=dram",)),
                           ("SRAM, 0.6 V", ("platform.associative.vdd=0.6",)),
                           ("SRAM, unlimited arrays", ("platform.associative.resources=unlimited",)),
                           ("ReRAM", ("platform=platforms/bf_imna_reram.yaml",
                                      "technology=technologies/bf_imna_reram.yaml"))):
        s = run(vp, out, "resnet18_hawq_int8", *settings, *quiet)
        days = s["lifetime_s"] / 86400
        lines.append(f"| {text} | {s['latency_s'] * 1e6:.1f} | {s['energy_j'] * 1e3:.3f} | {days:.3g} days | "
                     f"{s['reference']['mismatches']} |")
    return lines


def networks_table(vp, out):
    lines = ["| network | bits | product cycles, ms | sheet ms | latency ms | energy mJ | mismatches |", "|---|---|---|---|---|---|---|"]
    for (name, bits), sheet in NETWORKS.items():
        s = run(vp, out, f"{name}_ap_{bits}bit", "trace.perfetto=false", "trace.vcd=false", "trace.html=false")
        ms = sum(observed(s, "cap.product_cycles").values()) * 1e-6
        lines.append(f"| {name} | {bits} | {ms:.3f} | {sheet} | {s['latency_s'] * 1e3:.3f} | {s['energy_j'] * 1e3:.2f} | "
                     f"{s['reference']['mismatches']} |")
    return lines


def kept_networks():
    """The table an earlier --networks wrote."""
    text = (ROOT / "docs" / "validation.md").read_text().split("### Networks\n", 1)
    table = [line for line in text[-1].splitlines() if line.startswith("|")][:2 + len(NETWORKS)] if len(text) == 2 else []
    return table or ["Not run; use `--networks`."]


def write_section(path, text):
    begin, end = "<!-- associative: begin -->", "<!-- associative: end -->"
    old = path.read_text() if path.exists() else "# Validation\n"
    if begin in old:
        head, tail = old[:old.index(begin)], old[old.index(end) + len(end):]
    else:
        head, tail = old.rstrip("\n") + "\n\n", "\n"
    path.write_text(f"{head}{begin}\n{text}\n{end}{tail}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vp", default=ROOT / "vp", type=pathlib.Path)
    parser.add_argument("--out", default=ROOT / "out" / "validate_ap", type=pathlib.Path)
    parser.add_argument("--networks", action="store_true")
    parser.add_argument("--reuse", action="store_true")
    args = parser.parse_args()
    global REUSE
    REUSE = args.reuse
    args.out = args.out.resolve()
    text = ["## Associative processors (BF-IMNA)", "", "Written by `scripts/validate_ap.py" +
            (" --networks" if args.networks else "") + "`. \"Sheet\" figures were derived from the recipe the models follow, not",
            "published by the paper; latencies beside them hold what the sheet leaves out: requantisation, additions, pooling,",
            "transfers, the image's way in. Energies use 4.0 fJ a match line, the sheet's 10.8 fJ. Weights are synthetic.", "",
            "### HAWQ-V3 configurations of ResNet-18", ""]
    text += hawq_table(args.vp, args.out)
    text += ["", "Simulated cycles are the times of the steps in the run's trace, of every stage of a layer; they equal the formulas. The script",
             "stops otherwise, and if EDP does not grow from INT4 to INT8. Requantisation, additions and pooling are held against formulas of",
             "their own by the test `AssociativeRun.EveryStageTakesTheTimeOfItsFormulas`, stage by stage.",
             "", "### Where the ratios differ from the sheet's", ""] + ratios_table(args.vp, args.out) + ["", COMPRESSION,
             "", "### Size and bit operations from the bit lists", ""] + bits_table()
    text += ["", "### Peak numbers", "", PEAK, ""] + peak_table()
    text += ["", "### Energies with calibrated match lines", "", CALIBRATED, ""] + calibrated_table(args.vp, args.out)
    text += ["", "### Modes", ""] + variants_table(args.vp, args.out) + ["", MODES]
    text += ["", "### Stalls of operand traffic", "", STALLS, ""] + stalls_table(args.vp, args.out)
    text += ["", "### Networks", ""] + (networks_table(args.vp, args.out) if args.networks else kept_networks())
    write_section(ROOT / "docs" / "validation.md", "\n".join(text))


if __name__ == "__main__":
    main()
