# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes `tolerances` and `models` importable by every test."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "models")]
