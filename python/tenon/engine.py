# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Opened engines: describe, run, save."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import pathlib
import shutil
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import _dtypes, _libraries, _runtime_abi, errors
from ._context import Context, Target
from ._runtime_abi import CUDA
from ._status import check
from .device import LEGACY_STREAM, Feed, device_feed, host_feed, is_on_device, stream_number
from .dlpack import from_dlpack


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """An input or output of an engine."""

    name: str
    dtype: np.dtype
    shape: tuple[int | str, ...]
    """A number, the dim's name in the model ("batch", "past + sequence"), or "?"."""
    data_dependent: bool = False
    """True if the shape of this output is known only after a run."""


@dataclasses.dataclass(frozen=True)
class Symbol:
    """A dim that the model names, and the sizes that the engine accepts (both ends included)."""

    name: str
    minimum: int
    maximum: int


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


class Engine:
    """An engine in memory. Immutable and safe to use from several threads: calls that overlap get an execution context each."""

    def __init__(self, path: str | os.PathLike[str], threads: int = 0, *, device: str | None = None, temporary: bool = False):
        """Opens an engine file. Use tenon.load or tenon.compile, which say what the arguments mean.

        The file is mapped: replace it by a rename, do not overwrite it. A `temporary` file is deleted with the engine.
        """
        library = _libraries.runtime()
        self._path = pathlib.Path(path)
        if temporary:
            weakref.finalize(self, _remove, str(self._path))
        opening = _runtime_abi.versioned(_runtime_abi.OpenOptions)
        opening.threads = threads
        handle, own = ctypes.c_void_p(), _open_device(device, threads)
        try:
            opening.device = own
            check(library.tenon_engine_open_file(os.fsencode(self._path), opening, handle))
        finally:
            library.tenon_device_release(own)
        self._handle = handle
        self._finalizer = weakref.finalize(self, library.tenon_engine_release, handle)
        self._lock = threading.Lock()
        self._idle: list[Context] = []
        self.inputs = self._tensors(library.tenon_engine_num_inputs, library.tenon_engine_input)
        self.outputs = self._tensors(library.tenon_engine_num_outputs, library.tenon_engine_output)
        self.symbols = self._symbols()
        self._device_handle = self._info().device
        self._device = _runtime_abi.versioned(_runtime_abi.DeviceInfo)
        check(library.tenon_device_describe(self._device_handle, self._device))
        self._input_index = {tensor.name: index for index, tensor in enumerate(self.inputs)}

    def __call__(
        self,
        feeds: Mapping[str, Any] | None = None,
        *,
        stream: Any = None,
        on_device: bool = False,
        out: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Runs the engine and returns its outputs by name: numpy arrays, or DeviceArrays if `on_device`.

        Feeds are numpy arrays, objects with __dlpack__ or __cuda_array_interface__ (PyTorch, CuPy), or numbers and lists, which take the
        declared dtype. An array must have the declared dtype. One that is row-major, contiguous, aligned to 64 bytes and in the memory
        of the engine's device is not copied.

        stream: of CUDA: a stream of PyTorch or CuPy, or its handle. The run follows what is in it. With `on_device` the call returns when
            the run is enqueued; the feeds must stay unchanged until it is done. Without a stream, arrays on the GPU are taken to be ready in
            CUDA's default stream, and the call returns when the outputs are there.
        out: arrays that outputs are written to, by name: of numpy, or on the GPU, apart from all feeds. It saves their allocation. The
            result has these arrays.
        """
        number = stream_number(stream)
        if (number is not None or on_device) and not self.on_gpu:
            raise errors.UsageError("usage", f"streams and outputs on the device need an engine on a GPU; this one runs on {self.device}")
        arrays = self._arrays({**(feeds or {}), **more}, number or LEGACY_STREAM)
        targets = {name: self._target(name, value, number or LEGACY_STREAM) for name, value in (out or {}).items()}
        for name, target in targets.items():
            if any(target.feed.overlaps(array) for array in arrays):
                raise errors.InputError("wrong-input", f"output '{name}': the array shares memory with an input")
        context = self._take()
        try:
            return context.run(arrays, number, on_device, targets)
        finally:
            with self._lock:
                self._idle.append(context)

    def prepare(self, shapes: Mapping[str, Sequence[int]]) -> None:
        """Plans and allocates for inputs of these shapes, so that the first run with them pays nothing.

        shapes: the dims of every input, by name.

        It prepares one execution context, the one that the next call takes. Calls that overlap have a context each: the others plan
        and allocate at their first run with a shape. InputError if an input is missing or unknown; ShapeError if dims do not fit the engine
        or each other.
        """
        dims = [(ctypes.c_int64 * len(shapes[info.name]))(*shapes[info.name]) for info in self.inputs if info.name in shapes]
        if len(dims) != len(shapes) or len(dims) != len(self.inputs):
            raise errors.InputError("wrong-input", f"expected a shape for each of {', '.join(self._input_index)}, got {', '.join(shapes)}")
        entries = (_runtime_abi.Shape * len(dims))()
        for entry, sizes in zip(entries, dims, strict=True):
            entry.size, entry.rank = ctypes.sizeof(entry), len(sizes)
            entry.dims = ctypes.cast(sizes, ctypes.POINTER(ctypes.c_int64))
        context = self._take()
        try:
            check(_libraries.runtime().tenon_context_prepare(context._handle, entries, len(dims)))
        finally:
            with self._lock:
                self._idle.append(context)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the engine to a file, whole or not at all."""
        target = pathlib.Path(path)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            shutil.copyfile(self._path, partial)
            os.replace(partial, target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise errors.FileError("io-error", f"cannot write '{target}': {error.strerror}") from error

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda:0"."""
        return f"cuda:{self._device.ordinal}" if self.on_gpu else "cpu"

    @property
    def on_gpu(self) -> bool:
        return bool(self._device.kind == CUDA)

    @property
    def arch(self) -> str:
        """What the code was compiled for, for example "x86-64-v3"."""
        return _text(self._info().arch)

    @property
    def report(self) -> dict[str, Any]:
        """What the compiler did: stages, fusions and refusals, kernels, memory plan."""
        text = _text(self._info().report)
        return json.loads(text) if text else {}

    @property
    def metadata(self) -> dict[str, str]:
        """The model's metadata_props; those of its graph under "graph.KEY"."""
        library, result = _libraries.runtime(), {}
        key, value = ctypes.c_char_p(), ctypes.c_char_p()
        for index in range(self._info().num_metadata):
            check(library.tenon_engine_metadata(self._handle, index, key, value))
            result[_text(key.value)] = _text(value.value)
        return result

    def __repr__(self) -> str:
        def show(tensors: tuple[TensorInfo, ...]) -> str:
            return ", ".join(f"{tensor.name}: {tensor.dtype}[{', '.join(map(str, tensor.shape))}]" for tensor in tensors)

        return f"<tenon.Engine ({show(self.inputs)}) -> ({show(self.outputs)})>"

    def _info(self) -> _runtime_abi.EngineInfo:
        info = _runtime_abi.versioned(_runtime_abi.EngineInfo)
        check(_libraries.runtime().tenon_engine_describe(self._handle, info))
        return info

    def _tensors(self, count: Any, read: Any) -> tuple[TensorInfo, ...]:
        result = []
        for index in range(count(self._handle)):
            info = _runtime_abi.versioned(_runtime_abi.TensorInfo)
            check(read(self._handle, index, info))
            names = [_text(info.dim_names[axis]) if info.dim_names else "" for axis in range(info.rank)]
            shape = tuple(info.dims[axis] if info.dims[axis] >= 0 else names[axis] or "?" for axis in range(info.rank))
            result.append(TensorInfo(_text(info.name), _dtypes.from_type(info.type), shape, bool(info.data_dependent)))
        return tuple(result)

    def _symbols(self) -> tuple[Symbol, ...]:
        library, result = _libraries.runtime(), []
        for index in range(library.tenon_engine_num_symbols(self._handle)):
            info = _runtime_abi.versioned(_runtime_abi.SymbolInfo)
            check(library.tenon_engine_symbol(self._handle, index, info))
            result.append(Symbol(_text(info.name), info.minimum, info.maximum))
        return tuple(result)

    def _arrays(self, feeds: Mapping[str, Any], stream: int) -> list[Feed]:
        """The feeds in the engine's order, with the right dtype and contiguous."""
        for name in feeds:
            if name not in self._input_index:
                raise errors.InputError("wrong-input", f"no input is called '{name}'; the inputs are {', '.join(self._input_index)}")
        missing = [name for name in self._input_index if name not in feeds]
        if missing:
            raise errors.InputError("wrong-input", f"missing input{'s' if len(missing) > 1 else ''}: {', '.join(missing)}")
        return [self._feed(feeds[info.name], info, stream) for info in self.inputs]

    def _feed(self, value: Any, info: TensorInfo, stream: int, role: str = "input") -> Feed:
        if not is_on_device(value):
            return host_feed(_as_array(value, info))
        if not self.on_gpu:
            raise errors.InputError("wrong-input", f"{role} '{info.name}': expected an array in CPU memory, got one on a GPU")
        feed = device_feed(value, stream, self._device_handle)
        if feed.dtype != info.dtype:
            raise errors.DTypeError("wrong-type", f"{role} '{info.name}': expected dtype {info.dtype}, got {feed.dtype}")
        return feed

    def _target(self, name: str, value: Any, stream: int) -> Target:
        """Where an output is written to: as a feed, except that nothing may be a copy."""
        info = next((info for info in self.outputs if info.name == name), None)
        if info is None or info.data_dependent:
            reason = "its size depends on the data" if info else f"the outputs are {', '.join(info.name for info in self.outputs)}"
            raise errors.InputError("wrong-input", f"output '{name}' cannot be written to an array: {reason}")
        if is_on_device(value):
            feed = self._feed(value, info, stream, "output")
        elif isinstance(value, np.ndarray) and value.flags.c_contiguous and value.flags.writeable and value.dtype == info.dtype:
            feed = host_feed(value)
        else:
            raise errors.InputError("wrong-input", f"output '{name}': expected a contiguous, writable array of {info.dtype}")
        return Target(value, feed)

    def _take(self) -> Context:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Context(self)


def _as_array(value: Any, info: TensorInfo) -> np.ndarray:
    if isinstance(value, np.ndarray):
        array = value
    elif hasattr(value, "__dlpack__"):
        array = from_dlpack(value)
    elif hasattr(value, "__array__"):
        array = np.asarray(value)
    else:
        try:
            # Numbers and lists take the declared dtype, but a fraction never becomes a whole number.
            if np.asarray(value).dtype.kind in "fc" and info.dtype.kind in "iub":
                raise errors.DTypeError("wrong-type", f"input '{info.name}': expected whole numbers for dtype {info.dtype}")
            array = np.asarray(value, info.dtype)
        except (ValueError, OverflowError) as error:
            raise errors.InputError("wrong-input", f"input '{info.name}': {error}") from error
    if array.dtype != info.dtype:
        raise errors.DTypeError("wrong-type", f"input '{info.name}': expected dtype {info.dtype}, got {array.dtype}")
    # ascontiguousarray alone would make a scalar one-dimensional.
    return array if array.flags.c_contiguous else np.ascontiguousarray(array).reshape(array.shape)


def _remove(path: str) -> None:
    pathlib.Path(path).unlink(missing_ok=True)


def _open_device(name: str | None, threads: int) -> ctypes.c_void_p:
    """A device by name; NULL for None: the runtime chooses."""
    handle = ctypes.c_void_p()
    if name is None:
        return handle
    kind, _, ordinal = name.partition(":")
    if kind not in ("cpu", "cuda") or (ordinal and not ordinal.isdecimal()):
        raise errors.UsageError("usage", f"expected device cpu, cuda or cuda:N, got '{name}'")
    options = _runtime_abi.versioned(_runtime_abi.DeviceOptions)
    options.kind, options.ordinal, options.threads = int(kind == "cuda"), int(ordinal or 0), threads
    check(_libraries.runtime().tenon_device_create(options, handle))
    return handle


def load(path: str | os.PathLike[str], threads: int = 0, *, device: str | None = None) -> Engine:
    """Opens an engine file. It holds machine code: open only files whose origin you trust as you would a shared library.

    threads: that run kernels on the CPU; 0: as many as the process may use.
    device: "cpu", "cuda" or "cuda:N"; by default the first of the engine's targets that this machine can run decides.
    """
    return Engine(path, threads, device=device)
