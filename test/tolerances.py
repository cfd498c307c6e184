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

BLOCK = 1 << 22


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
    return compare_floats(got, want, row)


def quotient(error, allowed):
    return np.divide(error, allowed, out=np.where(error > 0, np.inf, 0.0), where=allowed > 0)


def compare_floats(got, want, row):
    """In blocks, in float64: outputs may have hundreds of millions of elements."""
    shape, got, want = want.shape, got.ravel(), want.ravel()
    blocks = [slice(at, at + BLOCK) for at in range(0, want.size, BLOCK)]
    finite_maximum = max((float(np.abs(part[np.isfinite(part)]).max(initial=0)) for part in (want[b] for b in blocks)), default=0.0)
    worst, beyond = Difference(0.0, 0.0, 0.0), 0
    for block in blocks:
        ours, theirs = got[block].astype(np.float64), want[block].astype(np.float64)
        finite = np.isfinite(theirs)
        odd = np.where(finite, ~np.isfinite(ours), (ours != theirs) & ~(np.isnan(ours) & np.isnan(theirs)))
        if odd.any():
            first = int(odd.argmax())
            at = list(map(int, np.unravel_index(block.start + first, shape)))
            return Difference(np.inf, np.inf, np.inf, f"expected {theirs[first]} at {at}, got {ours[first]}")
        error, magnitude = np.abs(ours[finite] - theirs[finite]), np.abs(theirs[finite])
        # Nothing is allowed where the reference is all zeros: any error there is infinite.
        ratio = quotient(error, row["relative"] * magnitude + row["of_range"] * finite_maximum)
        beyond += int((ratio > 1).sum())
        worst = Difference(
            max(worst.ratio, float(ratio.max(initial=0))),
            max(worst.absolute, float(error.max(initial=0))),
            max(worst.relative, float(quotient(error, magnitude).max(initial=0))),
        )
    message = "" if worst.ok else f"{beyond} of {want.size} beyond the tolerance, worst {worst.ratio:.3g} times"
    return dataclasses.replace(worst, message=message)


def assert_close(got, want, name="value", dtype=None):
    difference = compare(got, want, dtype)
    assert difference.ok, f"{name}: {difference.message}"
