#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the sources of models, firmware, platform and bench; what passed is remembered by content.
# usage: tidy.sh BUILD naming | tidy.sh BUILD all
#   naming: only readability-identifier-naming (part of `vp test`); all: every check of .clang-tidy (`vp lint`)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
what=$2
memory=$build/tidy-$what
mkdir -p "$memory"

# GCC's precompiled headers mean nothing to clang: the sources include what they use.
sed -E 's/-Winvalid-pch -include [^ ]+cmake_pch\.hxx//g; s/-include [^ ]+cmake_pch\.hxx//g' \
    "$build/compile_commands.json" >"$memory/compile_commands.json"

checks=()
[[ $what == naming ]] && checks=(--checks='-*,readability-identifier-naming')
headers=$(cd "$root" && find models firmware platform .clang-tidy \( -name '*.h' -o -name .clang-tidy \) -print0 |
    sort -z | xargs -0 sha1sum | sha1sum)

check_one() {
    local source=$1 key
    key=$(printf '%s' "$headers" | cat - "$source" | sha1sum | cut -d' ' -f1)
    [[ -e $memory/$key ]] && return 0
    local text
    text=$(clang-tidy -p "$memory" --quiet "${checks[@]}" --warnings-as-errors='*' "$source" 2>/dev/null) || {
        printf '%s\n' "$text"
        return 1
    }
    touch "$memory/$key"
}
export -f check_one
export memory headers
checks_text=${checks[*]:-}
export checks_text

cd "$root"
find models firmware/compiler platform bench -name '*.cpp' ! -name '*_avx512*' ! -name '*_avx2*' -print0 |
    xargs -0 -P "$(nproc)" -I{} bash -c 'read -ra checks <<<"$checks_text"; check_one "$1"' _ {}
