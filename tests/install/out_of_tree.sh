#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the models, builds the examples against the package outside the tree, and runs them on a compiled network.
# usage: out_of_tree.sh SOURCE BUILD
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cp -r "$source/examples" "$work/examples"
for example in plain_bus own_adc; do
    cmake -S "$work/examples/$example" -B "$work/build/$example" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    cmake --build "$work/build/$example" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
grep -rq "$source" "$work/prefix" --include='*.cmake' && { echo "the package names the source tree"; exit 1; }

# Ranges come from images of its own, so that `compile` and `run` make the same program.
vp="$build/platform/app/vp-bin" same="$source/tests/install/same_outputs.py"
export VP_ROOT="$source"
python3 "$same" calibration "$work/calibration.npy"
scenario=("$source/scenarios/resnet20_bwq.yaml" --set "quantization.calibration.images=$work/calibration.npy")
"$vp" compile "${scenario[@]}" --quiet -o "$work/p.imcprog"
export SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1
"$work/build/plain_bus/plain_bus" "$work/p.imcprog" >"$work/first"
"$work/build/plain_bus/plain_bus" "$work/p.imcprog" >"$work/second"
cmp "$work/first" "$work/second"
grep -E '^outputs:( -?[0-9]+){10}$' "$work/first"
# `vp run` of the same network on the same image, a ramp of codes, gives the same outputs.
"$vp" disasm "$work/p.imcprog" >"$work/p.txt"
python3 "$same" ramp "$work/p.txt" "$work/ramp.npy"
"$vp" run --quiet "${scenario[@]}" --set run.input=dataset --set "dataset.images=$work/ramp.npy" --out "$work/run"
python3 "$same" compare "$work/p.txt" "$work/first" "$work/run/outputs.npy"
grep -E '^latency: ' "$work/first"
grep -E '^energy: ' "$work/first"

# A converter that rounds large sums down gives other outputs and costs less energy.
"$work/build/own_adc/own_adc" "$work/p.imcprog" >"$work/own"
grep -E '^outputs:( -?[0-9]+){10}$' "$work/own"
cmp -s <(grep ^outputs "$work/first") <(grep ^outputs "$work/own") && { echo "own_adc changes nothing"; exit 1; }
energy() { awk '/^energy/ { print $2 }' "$1"; }
awk -v a="$(energy "$work/own")" -v b="$(energy "$work/first")" 'BEGIN { exit !(a < b) }' ||
    { echo "own_adc needs more energy"; exit 1; }
