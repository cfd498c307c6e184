# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Execution contexts of engines: binding of inputs and outputs, the run, and what it gives."""

from __future__ import annotations

import ctypes
import dataclasses
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _dtypes, _libraries, _runtime_abi, errors
from ._runtime_abi import DEVICE, HOST
from ._status import check
from .device import LEGACY_STREAM, DeviceArray, Feed

if TYPE_CHECKING:
    from .engine import Engine, TensorInfo

_ALIGNMENT = 64  # of what kernels read and write; other memory is copied by the runtime


def _empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Uninitialised array whose memory starts at a multiple of 64."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


@dataclasses.dataclass
class Target:
    """The caller's array for an output."""

    array: Any
    feed: Feed


class Context:
    """An execution context: used by one thread at a time."""

    def __init__(self, engine: Engine):
        library = _libraries.runtime()
        handle = ctypes.c_void_p()
        check(library.tenon_context_create(engine._handle, None, handle))
        self._handle = handle
        self._outputs = engine.outputs
        self._device, self._ordinal = engine._device_handle, engine._device.ordinal
        self._kept: Any = None  # what a run that is under way reads and writes
        # The context itself holds the engine, so the order of release does not matter.
        self._finalizer = weakref.finalize(self, library.tenon_context_release, handle)

    def run(self, feeds: list[Feed], stream: int | None, on_device: bool, targets: dict[str, Target]) -> dict[str, Any]:
        library = _libraries.runtime()
        for index, feed in enumerate(feeds):
            dims = (ctypes.c_int64 * len(feed.shape))(*feed.shape)
            tensor = _runtime_abi.versioned(_runtime_abi.Tensor)
            tensor.data, tensor.bytes, tensor.memory = feed.address, feed.nbytes, feed.memory
            tensor.type, tensor.rank = _dtypes.to_type(feed.dtype), len(feed.shape)
            tensor.dims = ctypes.cast(dims, ctypes.POINTER(ctypes.c_int64))
            check(library.tenon_context_bind_input(self._handle, index, tensor))
        check(library.tenon_context_prepare(self._handle, None, 0))
        results: dict[str, Any] = {}
        for index, info in enumerate(self._outputs):
            if not info.data_dependent:
                # The run writes straight into the caller's array.
                results[info.name] = self._bind(index, info, on_device, targets.get(info.name))
        self._kept = (feeds, results)
        options = _runtime_abi.versioned(_runtime_abi.RunOptions)
        given = feeds + [target.feed for target in targets.values()]
        follows = stream is None and any(feed.memory == DEVICE for feed in given)
        options.stream = LEGACY_STREAM if follows else stream
        check(library.tenon_context_run(self._handle, options))
        stays = all(targets[info.name].feed.memory == DEVICE if info.name in targets else on_device for info in self._outputs)
        if options.stream and not (stays and stream):
            check(library.tenon_context_wait(self._handle))
        for index, info in enumerate(self._outputs):
            if info.data_dependent:
                results[info.name] = self._copy(index, info, on_device)
            elif on_device and info.name not in targets:
                results[info.name].stream = stream
        return {info.name: results[info.name] for info in self._outputs}

    def _bind(self, index: int, info: TensorInfo, on_device: bool, target: Target | None) -> Any:
        library, shape = _libraries.runtime(), self._shape(index)
        if target:
            feed = target.feed
            if feed.shape != shape:
                raise errors.ShapeError("wrong-shape", f"output '{info.name}': expected an array of shape {shape}, got {feed.shape}")
            check(library.tenon_context_bind_output_memory(self._handle, index, feed.memory, feed.address, feed.nbytes))
            return target.array
        if on_device:
            array = self._on_device(shape, info)
            check(library.tenon_context_bind_output_memory(self._handle, index, DEVICE, array.address, array.nbytes))
            return array
        result = _empty(shape, info.dtype)
        check(library.tenon_context_bind_output_memory(self._handle, index, HOST, result.ctypes.data, result.nbytes))
        return result

    def _on_device(self, shape: tuple[int, ...], info: TensorInfo) -> DeviceArray:
        # The context holds the engine and so the device.
        return DeviceArray(self._device, self._ordinal, shape, info.dtype, self)

    def _output(self, index: int, memory: int) -> _runtime_abi.Tensor:
        tensor = _runtime_abi.versioned(_runtime_abi.Tensor)
        tensor.memory = memory
        check(_libraries.runtime().tenon_context_output(self._handle, index, tensor))
        return tensor

    def _shape(self, index: int) -> tuple[int, ...]:
        tensor = self._output(index, DEVICE)
        return tuple(tensor.dims[: tensor.rank])

    def _copy(self, index: int, info: TensorInfo, on_device: bool) -> Any:
        """A data-dependent output: its size is the context's, so it is copied out."""
        library = _libraries.runtime()
        if on_device:
            check(library.tenon_context_wait(self._handle))
        tensor = self._output(index, DEVICE if on_device else HOST)
        shape = tuple(tensor.dims[: tensor.rank])
        if on_device:
            result = self._on_device(shape, info)
            check(library.tenon_device_copy(self._device, result.address, DEVICE, tensor.data, DEVICE, result.nbytes))
            return result
        array = _empty(shape, info.dtype)
        ctypes.memmove(array.ctypes.data, tensor.data or 0, array.nbytes)
        return array

    def stats(self) -> _runtime_abi.ContextStats:
        stats = _runtime_abi.versioned(_runtime_abi.ContextStats)
        check(_libraries.runtime().tenon_context_get_stats(self._handle, stats))
        return stats
