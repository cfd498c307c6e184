# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The little of the CUDA driver that measuring needs, without any framework: memory, copies, a stream, events."""

import contextlib
import ctypes
import fcntl
import functools
import os
import statistics

import numpy as np


class GpuError(Exception):
    """A driver call that failed: its name and the driver's own word for the error."""


class Gpu:
    """The first GPU in its primary context, which the runtime and torch share, and one stream. Lives as long as the process."""

    def __init__(self):
        try:
            self._library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise GpuError(f"no CUDA driver: {error}") from None
        device, context, stream = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", ctypes.byref(device), 0)
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)
        self._call("cuStreamCreate", ctypes.byref(stream), 1)  # CU_STREAM_NON_BLOCKING
        self.stream = stream.value

    def _call(self, name, *arguments):
        status = getattr(self._library, name)(*arguments)
        if status:
            text = ctypes.c_char_p()
            self._library.cuGetErrorName(status, ctypes.byref(text))
            raise GpuError(f"{name}: {(text.value or b'unknown').decode()}")

    def allocate(self, size):
        """Address of `size` bytes."""
        pointer = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(max(size, 1)))
        return pointer.value

    def release(self, address):
        self._call("cuMemFree_v2", ctypes.c_uint64(address))

    def array(self, shape, dtype):
        """Uninitialised memory for an array."""
        return DeviceArray(self, shape, dtype)

    def upload(self, array):
        """A copy of a numpy array in device memory."""
        array = np.asarray(array, order="C")
        result = DeviceArray(self, array.shape, array.dtype)
        self._call("cuMemcpyHtoD_v2", ctypes.c_uint64(result.address), ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes))
        return result

    def copy_async(self, target, source, size):
        arguments = ctypes.c_uint64(target), ctypes.c_uint64(source), ctypes.c_size_t(size), ctypes.c_void_p(self.stream)
        self._call("cuMemcpyDtoDAsync_v2", *arguments)

    def synchronize(self):
        self._call("cuStreamSynchronize", ctypes.c_void_p(self.stream))

    def milliseconds(self, work, repeat):
        """Device time of `repeat` calls of `work`, which enqueues on this stream, divided by `repeat`."""
        begin, end, elapsed = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_float()
        for event in (begin, end):
            self._call("cuEventCreate", ctypes.byref(event), 0)
        self._call("cuEventRecord", begin, ctypes.c_void_p(self.stream))
        for _ in range(repeat):
            work()
        self._call("cuEventRecord", end, ctypes.c_void_p(self.stream))
        self._call("cuEventSynchronize", end)
        self._call("cuEventElapsedTime", ctypes.byref(elapsed), begin, end)
        for event in (begin, end):
            self._call("cuEventDestroy_v2", event)
        return elapsed.value / repeat


class DeviceArray:
    """Row-major memory on the GPU, owned."""

    def __init__(self, gpu, shape, dtype):
        self._gpu, self.shape, self.dtype = gpu, tuple(shape), np.dtype(dtype)
        self.nbytes = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        self.address = gpu.allocate(self.nbytes)

    def __del__(self):
        if hasattr(self, "address"):
            self._gpu.release(self.address)


@functools.cache
def gpu():
    return Gpu()


@contextlib.contextmanager
def _held(suffix, mode):
    """A lock between the suites' processes; none where a child runs by hand."""
    path = os.environ.get("GPU_CHECK_LOCK")
    if not path:
        yield
        return
    with open(path + suffix, "a") as file:
        fcntl.flock(file, mode)
        yield


@contextlib.contextmanager
def shared():
    """While others may use the GPU too: everything that is not timed. Not to be nested."""
    with contextlib.ExitStack() as gate:
        gate.enter_context(_held(".gate", fcntl.LOCK_SH))  # shut while someone waits to be alone
        with _held("", fcntl.LOCK_SH):
            gate.close()
            yield


@contextlib.contextmanager
def alone():
    """While no other process of the suites uses the GPU."""
    with _held(".gate", fcntl.LOCK_EX), _held("", fcntl.LOCK_EX):
        yield


def median_milliseconds(works, seconds, warm=3):
    """Median device time of each function, in turns until `seconds` have passed; a sample lasts at least half a millisecond."""
    with alone():
        return _median_milliseconds(works, seconds, warm)


def _median_milliseconds(works, seconds, warm):
    device = gpu()
    repeats = []
    for work in works:
        once = device.milliseconds(work, warm)
        repeats.append(max(1, min(1000, int(0.5 / max(once, 1e-4)))))
    samples = [[] for _ in works]
    spent = 0.0
    while spent < seconds * 1e3 or len(samples[0]) < 5:
        for work, repeat, taken in zip(works, repeats, samples, strict=True):
            taken.append(device.milliseconds(work, repeat))
            spent += taken[-1] * repeat
    return [statistics.median(taken) for taken in samples]


def copy_rate(size=1 << 30):
    """Bytes read and written per second by the driver's own copy of `size` bytes."""
    device = gpu()
    source, target = device.allocate(size), device.allocate(size)
    (milliseconds,) = median_milliseconds([lambda: device.copy_async(target, source, size)], 0.2)
    device.release(source)
    device.release(target)
    return 2 * size / milliseconds * 1e3
