#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every C and C++ file of the repository is as clang-format (.clang-format) writes it.
# usage: check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run -Werror)
[[ ${1:-} == --fix ]] && mode=(-i)
find bench examples firmware models platform tests \( -name '*.cpp' -o -name '*.h' -o -name '*.c' \) -print0 |
    xargs -0 clang-format "${mode[@]}"
