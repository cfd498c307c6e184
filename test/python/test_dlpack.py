# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""DLPack in and out: same memory, same values, for every element type."""

import gc
import sys

import ml_dtypes
import numpy as np
import pytest
import tenon
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

PLAIN = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.float16, np.float32, np.float64, np.bool_]
FOREIGN = [ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]


@pytest.mark.parametrize("dtype", PLAIN + FOREIGN, ids=lambda dtype: np.dtype(dtype).name)
def test_round_trip_shares_memory(dtype):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    back = tenon.from_dlpack(tenon.as_dlpack(array))
    assert back.dtype == array.dtype
    assert np.shares_memory(array, back)
    np.testing.assert_array_equal(back.view(np.uint8), array.view(np.uint8))


@settings(max_examples=50, deadline=None)
@given(data=st.data(), array=arrays.arrays(np.float32, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_any_view(data, array):
    view = array.T if data.draw(st.booleans()) else array
    if view.ndim and data.draw(st.booleans()):
        view = view[:: data.draw(st.integers(1, 3))]
    np.testing.assert_array_equal(tenon.from_dlpack(view), view)


def test_memory_lives_as_long_as_the_array():
    array = tenon.from_dlpack(np.full(1000, 7.0))
    gc.collect()
    assert (array == 7.0).all()


def test_memory_is_given_back():
    owner = np.zeros(10)
    before = sys.getrefcount(owner)
    borrowed = tenon.from_dlpack(owner)
    assert sys.getrefcount(owner) > before
    del borrowed
    gc.collect()
    assert sys.getrefcount(owner) == before


def test_read_only_stays_read_only():
    array = np.zeros(3)
    array.flags.writeable = False
    try:
        back = tenon.from_dlpack(array)
    except BufferError:
        pytest.skip("this numpy exports no read-only arrays")
    assert not back.flags.writeable


def test_used_capsule_is_refused():
    class Twice:
        def __init__(self):
            self.capsule = np.zeros(3).__dlpack__()

        def __dlpack__(self, **_options):
            return self.capsule

        def __dlpack_device__(self):
            return (1, 0)

    source = Twice()
    tenon.from_dlpack(source)
    with pytest.raises(tenon.InputError, match="no unused DLPack capsule"):
        tenon.from_dlpack(source)


def test_other_devices_are_refused():
    class OnGpu:
        def __dlpack_device__(self):
            return (2, 0)

    with pytest.raises(tenon.InputError, match="expected a tensor in CPU memory"):
        tenon.from_dlpack(OnGpu())


def test_unknown_types_are_refused():
    with pytest.raises(tenon.DTypeError, match="complex128"):
        tenon.as_dlpack(np.zeros(3, np.complex128))
    with pytest.raises(tenon.DTypeError, match="is not an element type of Tenon"):
        tenon.from_dlpack(np.zeros(3, np.complex64))
