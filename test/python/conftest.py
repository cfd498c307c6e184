# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the harnesses of this folder importable by its tests."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]
