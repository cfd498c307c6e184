# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the harnesses of this folder and of test/ops importable by its tests."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ops")]
