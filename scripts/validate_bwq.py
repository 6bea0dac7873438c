#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sets the platform beside what BWQ (arXiv 2310.12182) reports and writes the tables of docs/validation.md.

    scripts/validate_bwq.py [--vp ./vp] [--out out/validate_bwq] [--rows cifar10] [--networks resnet18,vgg16_bn]

Every network of Table II runs on every design, one image, layers in sequence, unreplicated; then ResNet-18 with operation
units of several sizes, other spreads of bits over layers, and SRE and SME on a trained ResNet-20 (where $VP_DATA has it). A run that the output folder holds with the same settings and program version is not repeated, so
the command may be stopped and started again. The tables go between the markers of docs/validation.md, or to standard
output where only a part was asked for. Speed and energy are ratios over `isaac_ou`; means are geometric.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

import bwq_tables as tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
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
# Scenario and settings beyond it; a suffix after the baseline's name is a variant of it.
DESIGNS = {
    "isaac_ou": ("resnet18_isaac_ou", []),
    "sre": ("resnet18_sre", []),
    "sre, fixed units": ("resnet18_sre", ["platform.crossbar.zero_inputs=fixed"]),
    "sme": ("resnet18_sme", []),
    "sme, 8 bit": ("resnet18_sme", ["quantization.weight_bits=8"]),
    "bsq": ("resnet18_bsq", []),
    "bwq_h": ("resnet18_bwq", []),
}
COMMON = ["host.cpu=native", "run.check=none", "trace.perfetto=false", "trace.vcd=false", "trace.csv=false",
          "trace.html=false"]
# One chip that holds every network and its 16-bit maps: the paper knows neither chip links nor buffer sizes.
CHIP = ["platform.tiles=1024", "platform.buffer.bytes=67108864", "platform.crossbar.buffer_bytes=131072"]
TRAINED = ["network={onnx: resnet20-cifar10/resnet20_convshortcut.onnx, weights: file}", "run.input=dataset",
           "dataset={images: cifar10-images/test_lossless_100_u8_chw.bin, labels: "
           "cifar10-images/test_lossless_100_labels_u8.bin, format: raw_u8, divisor: 255, "
           "mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}"]
UNITS = [(9, 8), (16, 16), (32, 32), (64, 64), (128, 128)]


class Runner:
    """Runs scenarios into a folder; a run that is there with the same settings and version is read instead."""

    def __init__(self, vp, out, limit):
        self.vp, self.out, self.limit = str(vp), out, limit
        self.version = subprocess.run([self.vp, "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
        self.failed = []

    def run(self, name, scenario, settings):
        folder, record = self.out / name, self.out / (name + ".json")
        wanted = {"version": self.version, "scenario": scenario, "settings": settings}
        if record.exists() and json.loads(record.read_text()) == wanted:
            summary = json.loads((folder / "summary.json").read_text())
            if summary["status"] == "ok":
                return summary
        command = [self.vp, "run", f"scenarios/{scenario}.yaml", "--quiet", "--out", str(folder)]
        command += [word for setting in settings for word in ("--set", setting)]
        print(name, file=sys.stderr, flush=True)
        try:
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=self.limit, check=False)
            problem = done.stdout[-300:].decode(errors="replace").strip() if done.returncode else ""
        except subprocess.TimeoutExpired:
            problem = f"longer than {self.limit:g} s"
        if problem:
            self.failed.append(f"{name}: {problem}")
            print("failed:", problem, file=sys.stderr)
            return None
        record.write_text(json.dumps(wanted))
        return json.loads((folder / "summary.json").read_text())


def settings_of(row, design):
    """Settings of one run: (dataset, network, BSQ, BWQ) of Table II on one design."""
    dataset, network, bsq, bwq = row
    values = COMMON + CHIP + DESIGNS[design][1] + [f"network.onnx=networks/{network}_{dataset}.onnx"]
    if design in ("bsq", "bwq_h"):
        bits, compression = bsq if design == "bsq" else bwq
        values += [f"quantization.activation_bits={bits}", f"quantization.weight_bits_mean={32 / compression:.4f}"]
    return values


def file_name(design):
    return design.replace(", ", "_").replace(" ", "_")


def data_there():
    folder = os.environ.get("VP_DATA", "")
    return folder and (pathlib.Path(folder) / "resnet20-cifar10").is_dir()


def unit_sizes(runner):
    """Check 8: ResNet-18/CIFAR-10 on BWQ-H with larger operation units; compression falls to the layer-wise one."""
    rows = []
    for r, c in UNITS:
        part = math.log(r * c / 72) / math.log(128 * 128 / 72)
        compression = 56.46 ** (1 - part) * 26.05 ** part
        bits = math.ceil(math.log2(r + 1))
        cycle = (bits + 2) / 1.2
        unit = [f"platform.crossbar.ou_rows={r}", f"platform.crossbar.ou_columns={c}",
                f"platform.crossbar.adc_bits={bits}", f"quantization.block=[{r}, {c}]"]
        found = [runner.run(f"units_{r}x{c}_{adcs}", "resnet18_bwq", COMMON + CHIP + unit +
                            [f"quantization.weight_bits_mean={32 / compression:.4f}",
                             f"platform.crossbar.adcs_per_array={adcs}",
                             f"platform.crossbar.ou_cycle_ns={cycle * c / adcs:.6f}"]) for adcs in (8, c)]
        real = runner.run(f"units_{r}x{c}_trained", "resnet20_bwq", COMMON + unit + TRAINED +
                          ["quantization.weight_bits_mean=0"]) if data_there() else None
        if None in found:
            continue
        own = found[-1]
        adc = next(x["energy_j"] for x in own["components"] if x["name"] == "adc")
        rows.append([f"{r} x {c}", f"{bits}", f"{cycle:.2f}", f"{compression:.1f}", f"{1e3 * found[0]['latency_s']:.2f}",
                     f"{1e3 * own['latency_s']:.2f}", f"{1e6 * adc:.1f}", f"{1e6 * own['energy_j']:.1f}",
                     f"{real['quantization']['weight_bits_mean']:.2f}" if real else "not run"])
    return tables.table(["unit", "ADC bits", "conversion, ns", "compression (assumed)", "time, ms, 8 converters an array",
                         "time, ms, one a bitline", "ADC, uJ", "energy, uJ", "bits, trained ResNet-20, none removed"], rows)


def gamma_runs(runner, runs):
    def run(row, design, gamma):
        return runner.run(f"{row[1]}_{row[0]}_{design}_gamma_{gamma}", DESIGNS[design][0],
                          settings_of(row, design) + [f"quantization.layer_gamma={gamma}"])
    found = {gamma: {row: {d: run(row, d, gamma) for d in ("bsq", "bwq_h")} for row in runs}
             for gamma in (0.5, 0.7, 1.0)}
    return dict(sorted({**found, 0.6: {}}.items()))


def trained_runs(runner):
    designs = ["isaac_ou", "sre", "sre, fixed units", "sme", "sme, 8 bit"]
    synthetic = ["network.onnx=networks/resnet20_cifar10.onnx"]
    return {name: {d: runner.run(f"{name.split(',')[0].replace(' ', '_')}_{file_name(d)}", DESIGNS[d][0],
                                 COMMON + DESIGNS[d][1] + settings) for d in designs}
            for name, settings in (("trained ResNet-20, a CIFAR-10 image", TRAINED),
                                   ("drawn ResNet-20, a drawn input", synthetic))}


def sections(runs, runner):
    text = ["Speed / energy over `isaac_ou`, untuned:", ""] + tables.networks(runs)
    text += ["", "#### Means (check 6)", ""] + tables.means(runs) + [""] + tables.order(runs)
    text += ["", "Other spreads of the mean bits over layers (mean bits of a layer ~ weights^-gamma; untuned; 0.6 above):", ""]
    text += tables.gammas(runs, gamma_runs(runner, runs))
    if data_there():
        text += ["", "Speed / energy over `isaac_ou` with trained weights and real activations:", ""]
        text += tables.trained(trained_runs(runner))
    text += ["", "#### VGG19 and VGG16 (check 7)", ""] + tables.vgg(runs)
    text += ["", "#### Size of the operation unit (check 8)", ""] + unit_sizes(runner)
    text += ["", "#### Index storage, CIFAR-10 networks (check 9)", ""] + tables.index(runs)
    if runner.failed:
        text += ["", "Runs that failed:", ""] + [f"- {line}" for line in runner.failed]
    return text


def write_section(path, text):
    begin, end = "<!-- bwq: begin -->", "<!-- bwq: end -->"
    old = path.read_text()
    if begin not in old or end not in old:
        raise SystemExit(f"{path}: no markers {begin} and {end}")
    path.write_text(old[:old.index(begin) + len(begin)] + "\n" + "\n".join(text) + "\n" + old[old.index(end):])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vp", default=ROOT / "vp", type=pathlib.Path)
    parser.add_argument("--out", default=ROOT / "out" / "validate_bwq", type=pathlib.Path, help="folder of the runs")
    parser.add_argument("--rows", default="cifar10,cifar100,imagenet", help="datasets")
    parser.add_argument("--networks", default="", help="names; default: all of the datasets")
    parser.add_argument("--limit", type=float, default=600, help="seconds a run may take")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    runner = Runner(arguments.vp.resolve(), out, arguments.limit)
    runs = {}
    rows = [r for r in TABLE_2 if r[0] in arguments.rows.split(",") and
            (not arguments.networks or r[1] in arguments.networks.split(","))]
    for row in rows:
        found = {d: runner.run(f"{row[1]}_{row[0]}_{file_name(d)}", DESIGNS[d][0],
                               settings_of(row, d)) for d in DESIGNS}
        found = {d: s for d, s in found.items() if s}
        if "isaac_ou" in found:
            runs[row] = found
    text = sections(runs, runner)
    if len(rows) == len(TABLE_2):
        write_section(ROOT / "docs" / "validation.md", text)
    else:
        print("\n".join(text))


if __name__ == "__main__":
    main()
