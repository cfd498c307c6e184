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
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _dtypes, _libraries, _runtime_abi, errors
from .dlpack import from_dlpack

_ALIGNMENT = 64  # of what kernels read and write; other memory is copied by the runtime


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


def check(status: int | None) -> None:
    """Raises the error of a status of the runtime."""
    if not status:
        return
    library = _libraries.runtime()
    name = library.tenon_code_name(library.tenon_status_code(status)).decode()
    message = library.tenon_status_message(status).decode(errors="replace")
    library.tenon_status_release(status)
    raise errors.make(name.removeprefix("TENON_").lower().replace("_", "-"), message)


def _empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Uninitialised array whose memory starts at a multiple of 64."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


class Engine:
    """An engine in memory. Immutable and safe to use from several threads: calls that overlap get an execution context each."""

    def __init__(self, path: str | os.PathLike[str], threads: int = 0, *, temporary: bool = False):
        """Opens an engine file. `threads` run kernels (0: as many as the process may use). Use tenon.load or tenon.compile.

        The file is mapped: replace it by a rename, do not overwrite it. A `temporary` file is deleted with the engine.
        """
        library = _libraries.runtime()
        self._path = pathlib.Path(path)
        if temporary:
            weakref.finalize(self, _remove, str(self._path))
        # No device given: the runtime opens the first of the engine's targets that this machine can run.
        options = _runtime_abi.versioned(_runtime_abi.OpenOptions)
        options.threads = threads
        handle = ctypes.c_void_p()
        check(library.tenon_engine_open_file(os.fsencode(self._path), options, handle))
        self._handle = handle
        self._finalizer = weakref.finalize(self, library.tenon_engine_release, handle)
        self._lock = threading.Lock()
        self._idle: list[_Context] = []
        self.inputs = self._tensors(library.tenon_engine_num_inputs, library.tenon_engine_input)
        self.outputs = self._tensors(library.tenon_engine_num_outputs, library.tenon_engine_output)
        self.symbols = self._symbols()
        self._input_index = {tensor.name: index for index, tensor in enumerate(self.inputs)}

    def __call__(self, feeds: Mapping[str, ArrayLike] | None = None, **more: ArrayLike) -> dict[str, np.ndarray]:
        """Runs the engine and returns its outputs by name.

        Feeds are numpy arrays, objects with __dlpack__ (PyTorch tensors on the CPU), or numbers and lists, which take the declared dtype.
        An array must have the declared dtype; one that is row-major, contiguous and aligned to 64 bytes is not copied.
        """
        arrays = self._arrays({**(feeds or {}), **more})
        context = self._take()
        try:
            return context.run(arrays)
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
        """The model's metadata_props."""
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

    def _arrays(self, feeds: Mapping[str, ArrayLike]) -> list[np.ndarray]:
        """The feeds in the engine's order, with the right dtype and contiguous."""
        for name in feeds:
            if name not in self._input_index:
                raise errors.InputError("wrong-input", f"no input is called '{name}'; the inputs are {', '.join(self._input_index)}")
        missing = [name for name in self._input_index if name not in feeds]
        if missing:
            raise errors.InputError("wrong-input", f"missing input{'s' if len(missing) > 1 else ''}: {', '.join(missing)}")
        return [_as_array(feeds[info.name], info) for info in self.inputs]

    def _take(self) -> _Context:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Context(self)


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


class _Context:
    """An execution context: used by one thread at a time."""

    def __init__(self, engine: Engine):
        library = _libraries.runtime()
        handle = ctypes.c_void_p()
        check(library.tenon_context_create(engine._handle, None, handle))
        self._handle = handle
        self._outputs = engine.outputs
        # The context itself holds the engine, so the order of release does not matter.
        weakref.finalize(self, library.tenon_context_release, handle)

    def run(self, arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
        library = _libraries.runtime()
        for index, array in enumerate(arrays):
            dims = (ctypes.c_int64 * array.ndim)(*array.shape)
            tensor = _runtime_abi.versioned(_runtime_abi.Tensor)
            tensor.data, tensor.bytes = array.ctypes.data, array.nbytes
            tensor.type, tensor.rank = _dtypes.to_type(array.dtype), array.ndim
            tensor.dims = ctypes.cast(dims, ctypes.POINTER(ctypes.c_int64))
            check(library.tenon_context_bind_input(self._handle, index, tensor))
        check(library.tenon_context_prepare(self._handle, None, 0))
        results: dict[str, np.ndarray] = {}
        for index, info in enumerate(self._outputs):
            if not info.data_dependent:
                # The run writes straight into the caller's array.
                array = results[info.name] = _empty(self._shape(index), info.dtype)
                check(library.tenon_context_bind_output(self._handle, index, array.ctypes.data, array.nbytes))
        check(library.tenon_context_run(self._handle, None))
        for index, info in enumerate(self._outputs):
            if info.data_dependent:
                results[info.name] = self._copy(index, info)
        return {info.name: results[info.name] for info in self._outputs}

    def _output(self, index: int) -> _runtime_abi.Tensor:
        tensor = _runtime_abi.versioned(_runtime_abi.Tensor)
        check(_libraries.runtime().tenon_context_output(self._handle, index, tensor))
        return tensor

    def _shape(self, index: int) -> tuple[int, ...]:
        tensor = self._output(index)
        return tuple(tensor.dims[: tensor.rank])

    def _copy(self, index: int, info: TensorInfo) -> np.ndarray:
        """A data-dependent output: its size is the context's, so it is copied out."""
        tensor = self._output(index)
        array = _empty(tuple(tensor.dims[: tensor.rank]), info.dtype)
        ctypes.memmove(array.ctypes.data, tensor.data or 0, array.nbytes)
        return array


def load(path: str | os.PathLike[str], threads: int = 0) -> Engine:
    """Opens an engine file. It holds machine code: open only files whose origin you trust as you would a shared library."""
    return Engine(path, threads)
