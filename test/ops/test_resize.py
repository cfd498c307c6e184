# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Antialiased Resize of integers rounds as ONNX Runtime does, between its two passes too."""

import numpy as np
import pytest
from text_cases import head_of, run_beside_onnxruntime

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("scale", ("0.5", "0.3"))
@pytest.mark.parametrize("mode", ("linear", "cubic"))
@pytest.mark.parametrize("dtype", ("uint8", "int8", "int32", "float"))
def test_antialias(dtype, mode, scale):
    text = f"""m ({dtype}[1, 1, 16, 16] x) => ({dtype}[1, 1, P, Q] y) <float[4] s = {{1.0, 1.0, {scale}, {scale}}}> {{
      y = Resize<mode = "{mode}", antialias = 1>(x, , s)
    }}"""
    # ONNX Runtime clamps int8 to [0, 255] between the passes, so that less than 0 is left out here.
    low, high = {"int8": (0, 127), "int32": (-100, 100)}.get(dtype, (0, 255))
    x = RANDOM.uniform(low, high, (1, 1, 16, 16)).astype("float32" if dtype == "float" else dtype)

    def check(value, expected, name):
        # ONNX Runtime's weights of 8-bit integers have 22 bits: what lies next to a half may fall to its other side.
        off = np.abs(value.astype(np.float64) - expected.astype(np.float64))
        assert off.max() <= (1e-3 if dtype == "float" else 1) and (off > 1e-3).sum() <= 1, f"{name}: {value}, expected {expected}"

    run_beside_onnxruntime(text, [{"x": x}], check, head=head_of(18))
