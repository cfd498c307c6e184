# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one comparison of computed values with a reference, and the one table of tolerances (tolerances.json).

An element passes if |got - want| <= relative * |want| + of_range * max|want|: the second term is what sums of many terms of
both signs lose. Integers, booleans and strings must be equal. NaN matches NaN, an infinity the same infinity.
"""

import dataclasses
import functools
import json
import pathlib

import numpy as np


@functools.cache
def table():
    return json.loads(pathlib.Path(__file__).with_name("tolerances.json").read_text())


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far apart two arrays are. `ratio` is the worst error over what the table allows: up to 1 passes."""

    ratio: float
    absolute: float
    relative: float
    message: str = ""

    @property
    def ok(self):
        return self.ratio <= 1


def compare(got, want, dtype=None):
    """The Difference of `got` from the reference `want`, by the row of `dtype` (default: the reference's)."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return Difference(np.inf, np.inf, np.inf, f"expected shape {list(want.shape)}, got {list(got.shape)}")
    if got.dtype != want.dtype:
        return Difference(np.inf, np.inf, np.inf, f"expected type {want.dtype}, got {got.dtype}")
    row = table().get(dtype or want.dtype.name)
    if row is None:
        wrong = np.flatnonzero((got != want).ravel())
        if not wrong.size:
            return Difference(0.0, 0.0, 0.0)
        at = np.unravel_index(wrong[0], want.shape)
        return Difference(
            np.inf, np.inf, np.inf, f"{wrong.size} of {want.size} differ, first at {list(map(int, at))}: {want[at]}, got {got[at]}"
        )
    return compare_floats(got.astype(np.float64), want.astype(np.float64), row)


def compare_floats(got, want, row):
    finite = np.isfinite(want)
    odd = ~finite & ~((got == want) | (np.isnan(got) & np.isnan(want))) | (finite & ~np.isfinite(got))
    if odd.any():
        at = np.unravel_index(np.flatnonzero(odd.ravel())[0], want.shape)
        return Difference(np.inf, np.inf, np.inf, f"expected {want[at]} at {list(map(int, at))}, got {got[at]}")
    magnitude = np.abs(want[finite])
    if not magnitude.size:
        return Difference(0.0, 0.0, 0.0)
    error = np.abs(got[finite] - want[finite])
    allowed = row["relative"] * magnitude + row["of_range"] * magnitude.max()
    # Nothing is allowed where the reference is all zeros: any error there is infinite.
    ratio = np.divide(error, allowed, out=np.where(error > 0, np.inf, 0.0), where=allowed > 0)
    relative = np.divide(error, magnitude, out=np.where(error > 0, np.inf, 0.0), where=magnitude > 0)
    worst = int(ratio.argmax())
    message = "" if ratio[worst] <= 1 else f"{int((ratio > 1).sum())} of {want.size} beyond the tolerance, worst {ratio[worst]:.3g} times"
    return Difference(float(ratio[worst]), float(error.max()), float(relative.max()), message)


def assert_close(got, want, name="value", dtype=None):
    difference = compare(got, want, dtype)
    assert difference.ok, f"{name}: {difference.message}"
