# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays in a GPU's memory: what an engine gives when outputs stay on the device, and what it takes from other libraries.

out = engine({"x": torch_tensor}, on_device=True)["y"]
tensor = torch.from_dlpack(out)      # no copy; cupy.asarray(out) as well
array = out.numpy()                  # a copy
"""

from __future__ import annotations

import ctypes
import dataclasses
import math
import weakref
from typing import Any

import numpy as np

from . import _libraries, dlpack
from ._runtime_abi import DEVICE, HOST
from ._status import check
from .errors import InputError

LEGACY_STREAM = 1  # CU_STREAM_LEGACY: CUDA's default stream, which is 0 where a stream need not be named
_CUDA = 2  # kDLCUDA


def stream_number(stream: Any) -> int | None:
    """A CUDA stream's handle: a number, or an object of PyTorch (cuda_stream) or CuPy (ptr). The default stream is 0 or 1."""
    if stream is None:
        return None
    number = getattr(stream, "cuda_stream", getattr(stream, "ptr", stream))
    if not isinstance(number, int):
        raise InputError("wrong-input", f"expected a CUDA stream or its handle, got {type(stream).__name__}")
    return number or LEGACY_STREAM


@dataclasses.dataclass
class Feed:
    """An array as the runtime takes it; `owner` keeps the memory."""

    address: int
    nbytes: int
    dtype: np.dtype
    shape: tuple[int, ...]
    memory: int
    owner: Any

    def overlaps(self, other: Feed) -> bool:
        return self.address < other.address + other.nbytes and other.address < self.address + self.nbytes


def host_feed(array: np.ndarray) -> Feed:
    return Feed(array.ctypes.data, array.nbytes, array.dtype, array.shape, HOST, array)


def is_on_device(value: Any) -> bool:
    if hasattr(value, "__cuda_array_interface__"):
        return True
    return hasattr(value, "__dlpack_device__") and value.__dlpack_device__()[0] == _CUDA


def device_feed(value: Any, stream: int, device: Any) -> Feed:
    """The memory of an array on the GPU, ready to be read in `stream` of `device`."""
    # DLPack first: it knows every element type and orders streams without waiting.
    if hasattr(value, "__dlpack__"):
        address, dtype, shape, strides, owner = dlpack.open_device(value, stream)
    else:
        interface = value.__cuda_array_interface__
        address, dtype, shape = interface["data"][0] or 0, np.dtype(interface["typestr"]), tuple(interface["shape"])
        strides, owner = interface.get("strides"), value
        ready = interface.get("stream")
        if ready is not None and ready != stream:
            check(_libraries.runtime().tenon_device_wait(device, ready))
    if strides is not None and 0 not in shape and not _is_contiguous(shape, strides, dtype.itemsize):
        raise InputError("wrong-input", "expected a contiguous array on the GPU; make it so where it comes from")
    return Feed(address, math.prod(shape) * dtype.itemsize, dtype, shape, DEVICE, owner)


def _is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...], width: int) -> bool:
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != width:
            return False
        width *= size
    return True


def _free(device: Any, memory: ctypes.c_void_p, _owner: Any) -> None:
    _libraries.runtime().tenon_device_free(device, memory)


class DeviceArray:
    """An array in a GPU's memory, row-major. It takes part in DLPack and __cuda_array_interface__ without copies."""

    def __init__(self, device: Any, ordinal: int, shape: tuple[int, ...], dtype: np.dtype, owner: Any):
        """Uninitialised memory of `device`, a handle of the runtime that lives while `owner` does."""
        library = _libraries.runtime()
        self.shape, self.dtype, self.device = shape, dtype, ordinal
        self.nbytes = math.prod(shape) * dtype.itemsize
        memory = ctypes.c_void_p()
        check(library.tenon_device_allocate(device, self.nbytes, memory))
        self._device, self._owner, self.address = device, owner, memory.value or 0
        self._finalizer = weakref.finalize(self, _free, device, memory, owner)
        self.stream: int | None = None
        """The stream in which the content is still being written, if any."""

    def numpy(self) -> np.ndarray:
        """A copy in the host's memory."""
        self._wait(None)
        array = np.empty(self.shape, self.dtype)
        copy = _libraries.runtime().tenon_device_copy
        check(copy(self._device, array.ctypes.data, HOST, self.address, DEVICE, self.nbytes))
        return array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if copy is False:
            raise ValueError("the host cannot read the GPU's memory without a copy")
        return self.numpy().astype(dtype or self.dtype, copy=False)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        if self.dtype.isbuiltin != 1:
            raise AttributeError(f"dtype {self.dtype} has no __cuda_array_interface__; use DLPack")
        return {"shape": self.shape, "typestr": self.dtype.str, "data": (self.address, False), "version": 3, "stream": self.stream}

    def __dlpack_device__(self) -> tuple[int, int]:
        return (_CUDA, self.device)

    def __dlpack__(
        self,
        *,
        stream: int | None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> object:
        """A capsule as the Python array API standard (2023.12) describes it; BufferError for what cannot be had.

        `stream` is the consumer's: a handle, 1 or None for the legacy default stream, 2 for the thread's, -1 if the consumer sees to the order.
        `dl_device` may be (1, 0): a copy in the host's memory, unless `copy` is False.
        """
        is_versioned = max_version is not None and tuple(max_version) >= (1, 0)
        if dl_device is not None and tuple(dl_device) == dlpack.HOST_DEVICE:
            if copy is False:
                raise BufferError("the host cannot read the GPU's memory without a copy")
            return dlpack.export_host(self.numpy(), is_versioned)
        if dl_device is not None and tuple(dl_device) != self.__dlpack_device__():
            raise BufferError(f"expected DLPack device {self.__dlpack_device__()} or {dlpack.HOST_DEVICE}, got {tuple(dl_device)}")
        if stream is not None and (stream == 0 or stream < -1):
            raise BufferError(f"expected a stream's handle, 1 (legacy default), 2 (default of the thread) or -1 (no order), got {stream}")
        source = self._copy() if copy else self
        source._wait(LEGACY_STREAM if stream is None else stream)
        return dlpack.export_device(source, is_versioned, is_copy=source is not self)

    def _copy(self) -> DeviceArray:
        self._wait(None)
        result = DeviceArray(self._device, self.device, self.shape, self.dtype, self._owner)
        check(_libraries.runtime().tenon_device_copy(self._device, result.address, DEVICE, self.address, DEVICE, self.nbytes))
        return result

    def _wait(self, stream: int | None) -> None:
        """Until the content is there (None), or ordered before what comes in `stream` (-1: the consumer sees to it)."""
        if self.stream is not None and stream not in (self.stream, -1):
            check(_libraries.runtime().tenon_device_wait(self._device, self.stream))
            self.stream = None

    def __repr__(self) -> str:
        return f"<tenon.DeviceArray {self.dtype}{list(self.shape)} on cuda:{self.device}>"
