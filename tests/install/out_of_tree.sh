#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the models, builds examples/plain_bus against the package outside the tree, and runs it on a compiled network.
# usage: out_of_tree.sh SOURCE BUILD
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cp -r "$source/examples/plain_bus" "$work/plain_bus"
cmake -S "$work/plain_bus" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
grep -rq "$source" "$work/prefix" --include='*.cmake' && { echo "the package names the source tree"; exit 1; }

"$build/platform/app/vp-bin" compile "$source/scenarios/resnet20_bwq.yaml" --quiet -o "$work/p.imcprog"
export SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1
"$work/build/plain_bus" "$work/p.imcprog" >"$work/first"
"$work/build/plain_bus" "$work/p.imcprog" >"$work/second"
cmp "$work/first" "$work/second"
grep -E '^outputs:( -?[0-9]+){10}$' "$work/first"
grep -E '^latency: ' "$work/first"
grep -E '^energy: ' "$work/first"
