#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sets the platform beside the averages that BWQ (arXiv 2310.12182) reports, and prints the tables of docs/validation.md.

    scripts/validate_bwq.py --vp ./vp --work /tmp/bwq [--rows cifar10] [--networks resnet18,vgg16_bn] > tables.md

Every network of Table II runs on five designs, one image, layers in sequence, unreplicated. Runs that are in the work
folder already are not repeated. Speed and energy are ratios over `isaac_ou`; averages are geometric.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys

# Table II of the paper: dataset, network, BSQ (activation bits, compression), BWQ (activation bits, compression).
TABLE_2 = [
    ("cifar10", "resnet18", (4, 26.05), (3, 56.46)),
    ("cifar10", "resnet34", (4, 83.86), (4, 117.52)),
    ("cifar10", "vgg16_bn", (3, 26.59), (3, 136.01)),
    ("cifar10", "vgg19_bn", (3, 28.15), (3, 443.01)),
    ("cifar10", "resnet20", (3, 13.76), (3, 16.04)),
    ("cifar10", "mobilenetv2", (4, 5.73), (3, 47.34)),
    ("cifar100", "resnet18", (4, 6.21), (4, 45.97)),
    ("cifar100", "resnet34", (4, 33.40), (4, 63.93)),
    ("cifar100", "vgg16_bn", (4, 19.88), (3, 50.42)),
    ("cifar100", "vgg19_bn", (4, 23.09), (3, 78.56)),
    ("cifar100", "mobilenetv2", (8, 6.22), (4, 18.35)),
    ("cifar100", "densenet121", (5, 7.26), (4, 23.65)),
    ("imagenet", "resnet34", (4, 9.48), (4, 13.55)),
    ("imagenet", "densenet121", (5, 7.47), (4, 12.56)),
]
# Speed and energy over ISAAC: BWQ as printed, the others from its printed ratios (bwq.md 3.4, 3.6).
PAPER = {"sre": (1.37, 1.46), "sme": (1.66, 2.28), "bsq": (4.19, 6.57), "bwq_h": (6.08, 17.47)}
DESIGNS = ["isaac_ou", *PAPER]
SCENARIO = {"isaac_ou": "resnet18_isaac_ou", "sre": "resnet18_sre", "sme": "resnet18_sme", "bsq": "resnet18_bwq",
            "bwq_h": "resnet18_bwq"}
# What an operation unit does every cycle; all the rest is moving, merging and finishing data.
UNIT_COMPONENTS = {"adc", "crossbar", "dac", "sample_hold", "controller"}
COMMON = ["host.cpu=native", "run.check=none", "trace.perfetto=false", "trace.vcd=false", "trace.csv=false",
          "trace.html=false"]


def overrides(row, design):
    """`--set` values of one run: (dataset, network, BSQ, BWQ) of Table II on one design."""
    dataset, network, bsq, bwq = row
    values = COMMON + [f"network.onnx=networks/{network}_{dataset}.onnx"]
    if design in ("bsq", "bwq_h"):
        bits, compression = bsq if design == "bsq" else bwq
        values += [f"quantization.activation_bits={bits}", f"quantization.weight_bits_mean={32 / compression:.4f}"]
    if design == "bsq":
        values += ["platform=platforms/bsq.yaml", "quantization.granularity=layer"]
    return values


def run(vp, root, work, row, design, limit):
    """Summary of a run, from the work folder where it is there; None where the run failed."""
    folder = work / f"{row[1]}_{row[0]}_{design}"
    summary = folder / "summary.json"
    if not summary.exists():
        command = [vp, "run", str(root / "scenarios" / f"{SCENARIO[design]}.yaml"), "-q", "--out", str(folder)]
        for value in overrides(row, design):
            command += ["--set", value]
        print(" ".join(command), file=sys.stderr)
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
        except subprocess.TimeoutExpired:
            print(f"failed: longer than {limit} s", file=sys.stderr)
            return None
        if done.returncode:
            print("failed:", done.stdout[-400:].decode(errors="replace"), file=sys.stderr)
            return None
    result = json.loads(summary.read_text())
    return result if result["status"] == "ok" else None


def split(summary):
    """Joules of the operation units, and of all the rest."""
    unit = sum(c["energy_j"] for c in summary["components"] if c["name"] in UNIT_COMPONENTS)
    unit += sum(e["energy_j"] for c in summary["components"] if c["name"] == "shift_add"
                for e in c["events"] if e["name"] == "add")
    return unit, summary["energy_j"] - unit


def geometric(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")


def fit(runs, target):
    """The factor on all energy outside the operation units at which BWQ's mean gain is the target (bisection)."""
    low, high = 0.01, 1000.0
    for _ in range(60):
        k = math.sqrt(low * high)
        low, high = (k, high) if energy_mean(runs, "bwq_h", k) > target else (low, k)
    return math.sqrt(low * high)


def energy_gain(designs, design, k):
    isaac, other = split(designs["isaac_ou"]), split(designs[design])
    return (isaac[0] + k * isaac[1]) / (other[0] + k * other[1])


def energy_mean(runs, design, k):
    return geometric(energy_gain(d, design, k) for d in runs.values() if design in d)


def speed_gain(designs, design):
    return designs["isaac_ou"]["latency_s"] / designs[design]["latency_s"]


def networks_table(runs):
    print("| network | " + " | ".join(f"{d} speed | {d} energy" for d in PAPER) + " |")
    print("|---|" + "---|" * (2 * len(PAPER)))
    for row, designs in runs.items():
        cells = []
        for design in PAPER:
            if design in designs:
                cells += [f"{speed_gain(designs, design):.2f}", f"{energy_gain(designs, design, 1):.2f}"]
            else:
                cells += ["-", "-"]
        print(f"| {row[1]}, {row[0]} | " + " | ".join(cells) + " |")
    print()


def means_table(runs):
    k = fit(runs, PAPER["bwq_h"][1])
    isaac = [split(d["isaac_ou"]) for d in runs.values()]
    print("| over isaac_ou, geometric means | speed | paper | energy, untuned | energy, fitted | paper |")
    print("|---|---|---|---|---|---|")
    for design, (speed, energy) in PAPER.items():
        mean = geometric(speed_gain(d, design) for d in runs.values() if design in d)
        print(f"| {design} | {mean:.2f} | {speed} | {energy_mean(runs, design, 1):.2f} "
              f"| {energy_mean(runs, design, k):.2f} | {energy} |")
    share = [sum(k_ * i[1] for i in isaac) / sum(i[0] + k_ * i[1] for i in isaac) for k_ in (1, k)]
    print(f"\nFitted constant `non_unit_energy_factor` = {k:.2f}; energy outside the operation units of isaac_ou: "
          f"{100 * share[0]:.1f} % untuned, {100 * share[1]:.1f} % fitted.\n")


def index_table(runs):
    """Index storage from weight counts: 72 weights a block, SRE's published compression, 7-bit row numbers."""
    print("| network | BWQ, 4 bit a block (KB) | BWQ, bitmap, at most (KB) | SRE (KB) | SRE / BWQ, both |")
    print("|---|---|---|---|---|")
    ratios = []
    for row, designs in runs.items():
        if row[0] != "cifar10":
            continue
        params = designs["isaac_ou"]["network"]["params"]
        blocks, bits = params / 72, 32 / row[3][1]
        widths, bitmap = 4 * blocks, blocks * (1 + 4 * min(1.0, bits))
        sre = params / 8 / 3.3 * 7  # a number of 7 bits for each kept row of 8 weights (bwq.md 3.10)
        kb = [v / 8192 for v in (widths, bitmap, sre)]
        ratios.append((sre / widths, sre / bitmap))
        print(f"| {row[1]} | {kb[0]:.1f} | {kb[1]:.1f} | {kb[2]:.1f} | {ratios[-1][0]:.1f}, {ratios[-1][1]:.1f} |")
    print(f"\nGeometric means of SRE / BWQ: {geometric(r[0] for r in ratios):.1f} with 4 bits a block, at least "
          f"{geometric(r[1] for r in ratios):.1f} with the bitmap; the paper: 17.38.\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vp", default="./vp")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder of the runs")
    parser.add_argument("--rows", default="cifar10,cifar100,imagenet", help="datasets")
    parser.add_argument("--networks", default="", help="names; default: all of the datasets")
    parser.add_argument("--limit", type=float, default=120, help="seconds a run may take")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    runs = {}
    for row in TABLE_2:
        if row[0] not in arguments.rows.split(","):
            continue
        if arguments.networks and row[1] not in arguments.networks.split(","):
            continue
        found = {d: run(arguments.vp, root, arguments.work, row, d, arguments.limit) for d in DESIGNS}
        found = {d: s for d, s in found.items() if s}
        if "isaac_ou" in found:
            runs[row] = found
    networks_table(runs)
    means_table(runs)
    index_table(runs)
    shortest = {row[1]: d["bwq_h"]["latency_s"] for row, d in runs.items() if row[0] == "cifar10" and "bwq_h" in d}
    if {"vgg16_bn", "vgg19_bn"} <= shortest.keys():
        print(f"VGG16-BN {1e3 * shortest['vgg16_bn']:.3f} ms, VGG19-BN {1e3 * shortest['vgg19_bn']:.3f} ms (CIFAR-10).")


if __name__ == "__main__":
    main()
