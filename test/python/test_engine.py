# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon.Engine on an engine made by hand: description, feeds, errors, threads."""

import concurrent.futures
import gc
import threading

import numpy as np
import pytest
import tenon


@pytest.fixture(scope="module")
def engine(add_engine):
    return tenon.load(add_engine)


def sequence(n, start=0):
    return np.arange(start, start + n, dtype=np.int32)


def test_description(engine):
    assert [(info.name, info.dtype, info.shape) for info in engine.inputs] == [("a", np.int32, ("n",)), ("b", np.int32, ("n",))]
    assert [info.name for info in engine.outputs] == ["c"]
    assert engine.symbols == (tenon.Symbol("n", 1, 1000),)
    assert repr(engine) == "<tenon.Engine (a: int32[n], b: int32[n]) -> (c: int32[n])>"


@pytest.mark.parametrize("n", [1, 16, 17, 1000])
def test_runs(engine, n):
    (result,) = engine({"a": sequence(n), "b": sequence(n, 5)}).values()
    np.testing.assert_array_equal(result, sequence(n) + sequence(n, 5))
    assert result.ctypes.data % 64 == 0


def test_results_do_not_share_memory(engine):
    first = engine(a=sequence(4), b=sequence(4))["c"]
    kept = first.copy()
    engine(a=sequence(4, 100), b=sequence(4, 100))
    np.testing.assert_array_equal(first, kept)


def test_lists_take_the_declared_type(engine):
    assert engine(a=[1, 2], b=[3, 4])["c"].tolist() == [4, 6]


def test_streams_and_device_outputs_need_a_gpu(engine):
    assert engine.device == "cpu"
    for options in ({"stream": 1}, {"on_device": True}):
        with pytest.raises(tenon.UsageError, match="need an engine on a GPU; this one runs on cpu"):
            engine({"a": [1], "b": [2]}, **options)

    class OnGpu:
        __cuda_array_interface__ = {"shape": (1,), "typestr": "<i4", "data": (0, False), "version": 3}

    with pytest.raises(tenon.InputError, match="input 'a': expected an array in CPU memory, got one on a GPU"):
        engine({"a": OnGpu(), "b": [1]})


def test_outputs_in_the_callers_arrays(engine):
    c = np.zeros(4, np.int32)
    assert engine(a=sequence(4), b=sequence(4), out={"c": c})["c"] is c
    np.testing.assert_array_equal(c, 2 * sequence(4))
    for wrong in (np.zeros(4, np.float32), np.zeros(8, np.int32)[::2], [0, 0, 0, 0]):
        with pytest.raises(tenon.InputError, match="output 'c': expected a contiguous, writable array of int32"):
            engine(a=sequence(4), b=sequence(4), out={"c": wrong})
    with pytest.raises(tenon.InputError, match="output 'd' cannot be written to an array: the outputs are c"):
        engine(a=sequence(4), b=sequence(4), out={"d": c})


def test_non_contiguous_arrays(engine):
    a = np.arange(20, dtype=np.int32)[::2]
    np.testing.assert_array_equal(engine(a=a, b=a)["c"], 2 * a)


def test_dlpack_objects(engine):
    class Foreign:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    np.testing.assert_array_equal(engine(a=Foreign(sequence(9)), b=sequence(9))["c"], 2 * sequence(9))


ERRORS = {
    "missing": ({"a": sequence(2)}, tenon.InputError, "wrong-input", "missing input: b"),
    "unknown": (
        {"a": sequence(2), "b": sequence(2), "x": 1},
        tenon.InputError,
        "wrong-input",
        "no input is called 'x'; the inputs are a, b",
    ),
    "dtype": (
        {"a": sequence(2).astype(np.int64), "b": sequence(2)},
        tenon.DTypeError,
        "wrong-type",
        "input 'a': expected dtype int32, got int64",
    ),
    "fraction": ({"a": [1.5], "b": [1]}, tenon.DTypeError, "wrong-type", "expected whole numbers for dtype int32"),
    "text": ({"a": "x", "b": [1]}, tenon.InputError, "wrong-input", "input 'a'"),
    "overflow": ({"a": [2**40], "b": [1]}, tenon.InputError, "wrong-input", "input 'a'"),
    "rank": ({"a": np.zeros((1, 1), np.int32), "b": sequence(1)}, tenon.ShapeError, "wrong-shape", "expected rank 1, got 2"),
    "dims": ({"a": sequence(2), "b": sequence(3)}, tenon.ShapeError, "wrong-shape", "expected dimension 0 to be 2, got 3"),
    "range": ({"a": sequence(1001), "b": sequence(1001)}, tenon.ShapeError, "wrong-shape", "from 1 to 1000, got 1001"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_leave_the_engine_usable(engine, name):
    feeds, kind, code, message = ERRORS[name]
    with pytest.raises(kind) as raised:
        engine(feeds)
    assert raised.value.code == code
    assert message in str(raised.value)
    assert engine(a=[1], b=[2])["c"].tolist() == [3]


def test_errors_are_pythons_own_kinds():
    assert issubclass(tenon.DTypeError, TypeError)
    assert issubclass(tenon.ShapeError, ValueError)
    assert issubclass(tenon.FileError, OSError)
    assert issubclass(tenon.OutOfMemoryError, MemoryError)


def test_missing_file(tmp_path):
    with pytest.raises(tenon.FileError, match="cannot open"):
        tenon.load(tmp_path / "none.tenon")


def test_no_engine(tmp_path):
    path = tmp_path / "x.tenon"
    path.write_bytes(b"no engine at all" * 100)
    with pytest.raises(tenon.EngineError) as raised:
        tenon.load(path)
    assert raised.value.code == "corrupt-engine"


def test_many_threads(engine):
    barrier = threading.Barrier(8)

    def work(seed):
        barrier.wait()
        for n in range(1, 40):
            a, b = sequence(n, seed), sequence(n, 3 * seed)
            np.testing.assert_array_equal(engine(a=a, b=b)["c"], a + b)
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_save(engine, tmp_path):
    engine.save(tmp_path / "copy.tenon")
    assert tenon.load(tmp_path / "copy.tenon")(a=[1], b=[1])["c"].tolist() == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["copy.tenon"]
    with pytest.raises(tenon.FileError):
        engine.save(tmp_path / "no" / "folder.tenon")


def test_release(add_engine):
    engine = tenon.load(add_engine, threads=2)
    engine(a=[1], b=[1])
    del engine
    gc.collect()


def test_missing_library(monkeypatch):
    from tenon import _libraries

    with pytest.raises(tenon.LibraryError, match="TENON_LIBRARY_PATH"):
        _libraries.find("libtenon_nothing.so")
