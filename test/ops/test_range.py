# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Range of numbers that only the run tells, against ONNX Runtime where it does not overflow itself."""

import numpy as np
import onnx.parser
import pytest
import tenon
from text_cases import HEAD

CASES = {
    "int16": [(-30000, 30000, 10000), (30000, -30000, -7), (5, 5, 1), (5, 0, 1)],
    "int32": [(-2000000000, 2000000000, 1000000000), (0, 7, 2), (7, 0, -2)],
    "int64": [(-(2**61), 2**61, 2**60), (0, 7, 3)],
}


@pytest.mark.parametrize("dtype", CASES)
def test_range(dtype):
    text = f"m ({dtype} s, {dtype} l, {dtype} d) => ({dtype}[N] y) {{ y = Range(s, l, d) }}"
    engine = tenon.compile(onnx.parser.parse_model(HEAD + text), threads=1)
    for start, limit, step in CASES[dtype]:
        feeds = {name: np.array(value, dtype) for name, value in zip("sld", (start, limit, step), strict=True)}
        np.testing.assert_array_equal(engine(feeds)["y"], np.array(range(start, limit, step), dtype))
