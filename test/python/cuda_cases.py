# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""c = a + b on a GPU or the fake driver. $TENON_CUDA_ENGINE is the engine, as write-add-engine makes it."""

import gc
import os

import numpy as np
import pytest
import tenon


@pytest.fixture(scope="module")
def engine():
    return tenon.load(os.environ["TENON_CUDA_ENGINE"], device="cuda")


def sequence(n, start=0):
    return np.arange(start, start + n, dtype=np.int32)


def on_device(engine, n, start=0):
    """A sequence in device memory, by way of an engine's output."""
    return engine({"a": sequence(n, start), "b": np.zeros(n, np.int32)}, on_device=True)["c"]


def test_describes_where_it_runs(engine):
    assert engine.device == "cuda:0"
    assert engine.arch == "sm_90"
    assert tenon.load(os.environ["TENON_CUDA_ENGINE"]).device == "cuda:0"


def test_numpy_in_and_out(engine):
    for n in (10, 100, 10):
        result = engine(a=sequence(n), b=sequence(n, 5))["c"]
        np.testing.assert_array_equal(result, sequence(n) + sequence(n, 5))


def test_device_arrays_in_and_out(engine):
    a, b = on_device(engine, 20), on_device(engine, 20, 7)
    assert repr(a) == "<tenon.DeviceArray int32[20] on cuda:0>"
    result = engine({"a": a, "b": b}, on_device=True)["c"]
    np.testing.assert_array_equal(result.numpy(), 2 * sequence(20) + 7)
    np.testing.assert_array_equal(np.asarray(result), result.numpy())
    np.testing.assert_array_equal(engine({"a": result, "b": sequence(20)})["c"], 3 * sequence(20) + 7)
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(result, copy=False) if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else result.__array__(copy=False)


class Foreign:
    """An array of another library, which knows __cuda_array_interface__ only."""

    def __init__(self, array, strides=None, stream=None):
        self.array = array
        self.__cuda_array_interface__ = {**array.__cuda_array_interface__, "strides": strides, "stream": stream}


def test_cuda_array_interface(engine):
    a = on_device(engine, 20)
    np.testing.assert_array_equal(engine({"a": Foreign(a), "b": Foreign(a, (4,), 1)}, stream=2)["c"], 2 * sequence(20))
    with pytest.raises(tenon.InputError, match="expected a contiguous array on the GPU"):
        engine({"a": Foreign(a, (8,)), "b": a})


def test_capsules_are_given_back(engine):
    from tenon import dlpack

    array = on_device(engine, 5)
    capsule = array.__dlpack__()
    assert len(dlpack._exports) == 1
    del capsule
    assert not dlpack._exports
    engine({"a": array, "b": array})
    gc.collect()
    engine({"a": sequence(5), "b": sequence(5)})
    assert not dlpack._exports


class Consumed:
    """What a consumer sees of a capsule, which it then takes."""

    def __init__(self, capsule):
        from tenon import dlpack

        _, managed, self.name = dlpack._open(capsule)
        self.version = (managed.major, managed.minor) if self.name == b"dltensor_versioned" else None
        self.is_copied = bool(self.version and managed.flags & 2)
        tensor = managed.tensor
        self.device, self.address = (tensor.device_type, tensor.device_id), tensor.data
        self.shape, self.strides = tensor.shape[: tensor.ndim], tensor.strides[: tensor.ndim]
        self.capsule = capsule

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **_options):
        return self.capsule


def test_capsules_have_the_version_asked_for(engine):
    array = on_device(engine, 5)
    for version in (None, (0, 8)):
        assert Consumed(array.__dlpack__(max_version=version)).name == b"dltensor"
    for version in ((1, 0), (1, 1), (9, 0)):
        found = Consumed(array.__dlpack__(max_version=version))
        assert found.version == (1, 1) and not found.is_copied
        assert (found.device, found.address, found.shape, found.strides) == ((2, 0), array.address, [5], [1])
    np.testing.assert_array_equal(engine({"a": found, "b": array})["c"], 2 * sequence(5))


def test_capsules_of_copies(engine):
    from tenon import dlpack

    array = on_device(engine, 5)
    assert Consumed(array.__dlpack__(copy=False, dl_device=(2, 0))).address == array.address
    found = Consumed(array.__dlpack__(copy=True, max_version=(1, 0)))
    assert found.is_copied and found.device == (2, 0) and found.address != array.address
    np.testing.assert_array_equal(engine({"a": found, "b": array})["c"], 2 * sequence(5))
    for options in ({}, {"copy": True, "max_version": (1, 0)}):
        found = Consumed(array.__dlpack__(dl_device=(1, 0), **options))
        assert found.device == (1, 0) and found.is_copied == (found.version is not None)
        np.testing.assert_array_equal(tenon.from_dlpack(found), sequence(5))
    del found
    gc.collect()
    engine({"a": sequence(5), "b": sequence(5)})  # whose context kept the last run's inputs
    assert not dlpack._exports


def test_capsules_that_cannot_be_had(engine):
    array = on_device(engine, 5)
    with pytest.raises(BufferError, match="the host cannot read the GPU's memory without a copy"):
        array.__dlpack__(dl_device=(1, 0), copy=False)
    with pytest.raises(BufferError, match=r"expected DLPack device \(2, 0\) or \(1, 0\), got \(2, 1\)"):
        array.__dlpack__(dl_device=(2, 1))
    for stream in (0, -2):
        with pytest.raises(BufferError, match=f"expected a stream's handle, .* got {stream}"):
            array.__dlpack__(stream=stream)


def test_capsules_follow_the_stream_of_the_content(engine):
    a = on_device(engine, 5)
    for consumer, waits in ((-1, False), (None, False), (1, False), (2, True)):
        result = engine({"a": a, "b": a}, stream=1, on_device=True)["c"]
        result.__dlpack__(stream=consumer)
        assert result.stream == (None if waits else 1), consumer


def test_streams(engine):
    a = on_device(engine, 20)
    for stream in (0, 1):  # the default stream
        result = engine({"a": a, "b": a}, stream=stream, on_device=True)["c"]
        assert result.stream == 1
        assert result.__cuda_array_interface__["stream"] == 1
        np.testing.assert_array_equal(result.numpy(), 2 * sequence(20))
        np.testing.assert_array_equal(engine({"a": a, "b": a}, stream=stream)["c"], 2 * sequence(20))
    with pytest.raises(tenon.InputError, match="expected a CUDA stream or its handle, got str"):
        engine({"a": a, "b": a}, stream="default")


def test_outputs_in_the_callers_arrays(engine):
    a, c, host = on_device(engine, 20), on_device(engine, 20), np.zeros(20, np.int32)
    assert engine({"a": a, "b": a}, out={"c": c})["c"] is c
    np.testing.assert_array_equal(c.numpy(), 2 * sequence(20))
    assert engine({"a": c, "b": a}, out={"c": host}, stream=1)["c"] is host
    np.testing.assert_array_equal(host, 3 * sequence(20))
    with pytest.raises(tenon.InputError, match="output 'c': the array shares memory with an input"):
        engine({"a": a, "b": c}, out={"c": c})
    with pytest.raises(tenon.ShapeError, match=r"output 'c': expected an array of shape \(20,\), got \(5,\)"):
        engine({"a": a, "b": a}, out={"c": on_device(engine, 5)})


def test_prepare_makes_graphs_for_the_first_run(engine):
    fresh = tenon.load(os.environ["TENON_CUDA_ENGINE"], device="cuda:0")
    fresh.prepare({"a": (30,), "b": (30,)})
    np.testing.assert_array_equal(fresh(a=sequence(30), b=sequence(30))["c"], 2 * sequence(30))
    with pytest.raises(tenon.InputError, match="expected a shape for each of a, b, got a"):
        fresh.prepare({"a": (30,)})


def test_wrong_uses(engine, tmp_path):
    with pytest.raises(tenon.UsageError, match="expected device cpu, cuda or cuda:N, got 'gpu'"):
        tenon.load(os.environ["TENON_CUDA_ENGINE"], device="gpu")
    with pytest.raises(tenon.EngineError, match="there is no CUDA device 9"):
        tenon.load(os.environ["TENON_CUDA_ENGINE"], device="cuda:9")
    with pytest.raises(tenon.EngineError, match="the engine has no code for the CPU"):
        tenon.load(os.environ["TENON_CUDA_ENGINE"], device="cpu")
    with pytest.raises(tenon.DTypeError, match="input 'a': expected dtype int32, got float32"):
        engine({"a": Foreign(FloatArray(on_device(engine, 3))), "b": sequence(3)})


class FloatArray:
    def __init__(self, array):
        self.__cuda_array_interface__ = {**array.__cuda_array_interface__, "typestr": "<f4"}
        self.array = array
