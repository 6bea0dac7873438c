#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Opens the traces of a real run as a user's viewer would: Perfetto protobuf and VCD, without libraries.

Usage: traces_test.py VP SCENARIO; VP is the program of the build. Exit 0 if all is well.
"""
import collections
import csv
import json
import os
import subprocess
import sys
import tempfile

from perfetto_reader import Trace


def check(condition, what):
    if not condition:
        sys.exit("FAILED: " + what)


def check_slices(trace):
    """Begins and ends pair, slices of a track nest, no time runs backwards."""
    check(not trace.problems, "; ".join(trace.problems[:5]))
    for track in trace.tracks.values():
        check(track.parent in trace.tracks or track.parent == 0, track.name + " has no parent")
        check(all(begin <= end for begin, end, *_ in track.slices), track.name + ": a slice ends early")
        by_depth = collections.defaultdict(list)
        for begin, end, name, depth, *_ in track.slices:
            by_depth[depth].append((begin, end, name))
        for depth, slices in by_depth.items():
            slices.sort()
            for before, after in zip(slices, slices[1:]):
                check(before[1] <= after[0], f"{track.name}, depth {depth}: {before} overlaps {after}")
        times = [time for time, _ in track.values]
        check(times == sorted(times), track.name + ": a counter runs backwards")


def check_tracks(trace, layers):
    """Functions of the firmware stand beside tiles; work hangs under its tile; counters have units."""
    cpu = trace.named("host CPU")
    check(len(cpu) == 1, "one track for the CPU's functions")
    functions = {name for _, _, name, *_ in cpu[0].slices}
    for symbol in ("_start", "imc_firmware_main", "imc_executor_run", "imc_driver_ring", "wfi"):
        check(symbol in functions, f"no function {symbol} in the trace")
    check(max(depth for _, _, _, depth, *_ in cpu[0].slices) >= 4, "functions do not nest")
    tile = trace.named("tile 0")
    check(len(tile) == 1 and tile[0].parent == cpu[0].parent, "tile 0 stands beside the CPU")
    top = [t.name for t in trace.tracks.values() if t.parent == cpu[0].parent and not t.is_counter]
    check(not [name for name in top if "router" in name], "links stand under their network")
    seen = {arguments.get("layer") for t in trace.tracks.values() for *_, arguments in t.slices}
    check(set(layers) <= seen, f"layers without a slice: {sorted(set(layers) - seen)}")
    counters = {t.name: t.unit for t in trace.tracks.values() if t.is_counter}
    for name, unit in (("power total", "W"), ("bandwidth", "GB/s"), ("rows waiting", "rows")):
        check(counters.get(name) == unit, f"no counter {name} in {unit}: {counters}")
    for track in trace.named("rows waiting"):
        check(track.values and track.values[-1][1] == 0, trace.path(track) + " does not end empty")


def check_energy(trace, folder):
    """Energies of the slices are those of the list of activities."""
    in_trace = collections.Counter()
    for track in trace.tracks.values():
        for _, _, _, _, category, arguments in track.slices:
            in_trace[category] += arguments.get("energy_pj", 0.0)
    in_list = collections.Counter()
    with open(folder + "/activities.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            in_list[row["component"]] += float(row["energy_pj"])
    for component, energy in in_list.items():
        check(abs(in_trace[component] - energy) <= 1e-9 * max(energy, 1), f"{component}: energies differ")


def read_vcd(path):
    """Names by identifier and changes (time, identifier, value); the grammar of IEEE 1364, 18.2."""
    names, changes, time, scale = {}, [], None, ""
    with open(path, encoding="ascii") as file:
        head, _, body = file.read().partition("$enddefinitions $end\n")
    words = head.split()
    for at, word in enumerate(words):
        if word == "$timescale":
            scale = words[at + 1] + words[at + 2]
        if word == "$var":
            check(words[at + 1] == "real" and words[at + 5] == "$end", "a variable's declaration")
            check(words[at + 3] not in names, "an identifier is used twice")
            names[words[at + 3]] = words[at + 4]
    for line in body.splitlines():
        if line.startswith("#"):
            check(time is None or int(line[1:]) > time, "VCD time runs backwards")
            time = int(line[1:])
        else:
            value, identifier = line[1:].split()
            check(line[0] == "r" and identifier in names and time is not None, "a change: " + line)
            changes.append((time, identifier, float(value)))
    check(scale == "1ps", "timescale is " + scale)
    return names, changes


def check_vcd(folder, dynamic_pj):
    """The power's integral is the energy of all activities; the parts sum to the total."""
    names, changes = read_vcd(folder + "/power.vcd")
    now, since, joules = {}, {}, collections.Counter()
    for time, identifier, watts in changes:
        name = names[identifier]
        check(watts >= 0, name + " is negative")
        if name in now:
            joules[name] += now[name] * (time - since[name]) * 1e-12
        now[name], since[name] = watts, time
    parts = sum(value for name, value in joules.items() if name != "total")
    check(abs(parts / joules["total"] - 1) < 1e-3, "the components do not sum to the total")
    check(abs(joules["total"] / (dynamic_pj * 1e-12) - 1) < 1e-3,
          f"power integrates to {joules['total']} J, activities to {dynamic_pj * 1e-12} J")


def main():
    vp, scenario = (os.path.abspath(argument) for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        command = [vp, "run", "--quiet", scenario, "--out", folder + "/run", "--set", "run.check=none"]
        subprocess.run(command, check=True, cwd=folder, env=dict(os.environ))
        folder += "/run"
        trace = Trace(folder + "/trace.pftrace")
        with open(folder + "/summary.json", encoding="utf-8") as file:
            summary = json.load(file)
        layers = [layer["name"] for layer in summary["layers"] if layer["name"] != "(shared)"]
        check_slices(trace)
        check_tracks(trace, layers)
        check_energy(trace, folder)
        with open(folder + "/activities.csv", newline="", encoding="utf-8") as file:
            dynamic_pj = sum(float(row["energy_pj"]) for row in csv.DictReader(file))
        check(not any(c.get("leakage_energy_j") for c in summary["components"]), "a scenario without leakage")
        check_vcd(folder, dynamic_pj)
    slices = sum(len(track.slices) for track in trace.tracks.values())
    print(f"{len(trace.tracks)} tracks, {slices} slices: all well")


if __name__ == "__main__":
    main()
