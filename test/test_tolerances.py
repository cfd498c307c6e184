# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The comparison refuses what it must: wrong shapes, types, integers, lost infinities, errors beyond the table."""

import numpy as np
import pytest
from tolerances import assert_close, compare

WANT = np.array([1.0, -2.0, 4.0], np.float32)


def test_equal_passes():
    assert compare(WANT, WANT).ratio == 0


@pytest.mark.parametrize("error,ok", [(5e-4, True), (5e-3, False)])
def test_relative_error(error, ok):
    assert compare(WANT * np.float32(1 + error), WANT).ok is ok


def test_small_values_are_judged_by_the_range():
    want = np.array([100.0, 0.0], np.float32)
    assert compare(np.array([100.0, 1e-3], np.float32), want).ok
    assert not compare(np.array([100.0, 1e-2], np.float32), want).ok


@pytest.mark.parametrize(
    "got",
    [
        WANT[:2],
        WANT.astype(np.float64),
        np.array([1.0, -2.0, np.nan], np.float32),
        np.array([1.0, -2.0, np.inf], np.float32),
        np.array([1.0, 2.0, 4.0], np.float32),
    ],
)
def test_refused(got):
    with pytest.raises(AssertionError, match="value: "):
        assert_close(got, WANT)


def test_special_values_match_themselves():
    want = np.array([np.nan, np.inf, -np.inf, 1], np.float32)
    assert compare(want, want).ok
    assert not compare(np.array([np.nan, -np.inf, -np.inf, 1], np.float32), want).ok
    assert not compare(np.array([0, np.inf, -np.inf, 1], np.float32), want).ok


def test_integers_and_zeros_are_exact():
    assert not compare(np.array([1, 2]), np.array([1, 3])).ok
    assert not compare(np.array([1e-9], np.float32), np.array([0], np.float32)).ok
    assert compare(np.zeros(0, np.float32), np.zeros(0, np.float32)).ok
