# SPDX-License-Identifier: Apache-2.0
"""Finds scripts/train; exits with 77 (ctest: skipped) and a clear word where a package is missing."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "train"))

try:
    import numpy  # noqa: F401
    import onnx  # noqa: F401
    import torch
    torch.set_num_threads(1)
except ImportError as error:
    print(f"skipped: {error.name} is missing (apt-get install python3-torch python3-onnx python3-numpy)")
    sys.exit(77)
