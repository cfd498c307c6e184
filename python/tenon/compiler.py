# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiling models."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import _compiler_abi, _libraries, errors
from ._runtime_abi import versioned
from .engine import Engine

Model = Any
"""Path of an .onnx file, its bytes, or an onnx.ModelProto."""
_SEVERITIES = ("error", "warning", "note")


def _source(model: Model) -> _compiler_abi.Model:
    source = versioned(_compiler_abi.Model)
    if hasattr(model, "SerializeToString"):
        model = model.SerializeToString()
    if isinstance(model, (bytes, bytearray, memoryview)):
        data = bytes(model)
        source.data, source.bytes = data, len(data)
    elif isinstance(model, (str, os.PathLike)):
        source.path = os.fsencode(model)
    else:
        raise errors.UsageError("usage", f"expected a path, bytes or a ModelProto, got {type(model).__name__}")
    return source


def _encode(text: str | os.PathLike[str] | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def _shapes(shapes: Mapping[str, Sequence[int | None]] | None) -> Any:
    entries = (_compiler_abi.InputShape * len(shapes or {}))()
    for entry, (name, dims) in zip(entries, (shapes or {}).items(), strict=False):
        entry.size = ctypes.sizeof(entry)
        entry.name = name.encode()
        entry.rank = len(dims)
        entry.dims = (ctypes.c_int64 * len(dims))(*(-1 if dim is None else dim for dim in dims))
    return entries


def _diagnostics(result: int) -> list[errors.Diagnostic]:
    library = _libraries.compiler()
    found = []
    for index in range(library.tenon_compile_result_num_diagnostics(result)):
        raw = versioned(_compiler_abi.Diagnostic)
        library.tenon_compile_result_diagnostic(result, index, raw)
        code, message, node, op, domain = (text.decode(errors="replace") for text in (raw.code, raw.message, raw.node, raw.op, raw.domain))
        found.append(errors.Diagnostic(_SEVERITIES[raw.severity], code, message, node, op, domain, raw.opset))
    return found


def _failure(diagnostics: list[errors.Diagnostic], cancelled: bool) -> errors.Error:
    problems = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    code = problems[0].code if problems else "internal"
    text = "\n".join(map(str, problems)) or "the compiler failed without a message"
    if cancelled:
        return errors.CancelledError("cancelled", "cancelled", diagnostics)
    if code == "usage":
        return errors.UsageError(code, text)
    return errors.CompileError(code, text, diagnostics)


class _Callbacks:
    """The progress function behind C callbacks: an exception, Ctrl-C included, cancels the compilation and is raised again after it."""

    def __init__(self, progress: Callable[[str, float], Any] | None):
        self._progress, self._stop = progress, False
        self.raised: BaseException | None = None
        self.c_progress = _compiler_abi.Progress(self._on_progress)
        self.c_cancel = _compiler_abi.Cancel(self._on_cancel)

    def _on_progress(self, _user: Any, stage: bytes, share: float) -> None:
        try:
            if self._progress and self._progress(stage.decode(), share) is False:
                self._stop = True
        except BaseException as error:
            self.raised, self._stop = error, True

    def _on_cancel(self, _user: Any) -> int:
        return int(self._stop)

    @contextlib.contextmanager
    def catching_interrupts(self) -> Iterator[None]:
        """Keeps what the handler of Ctrl-C raises: on its way into a callback there is nothing around it that could catch it."""
        handler = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(handler):
            yield
            return

        def keep(number: int, frame: Any) -> None:
            try:
                handler(number, frame)
            except BaseException as error:
                self.raised, self._stop = error, True

        signal.signal(signal.SIGINT, keep)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, handler)


def _run(model: Model, options: _compiler_abi.Options, callbacks: _Callbacks) -> str:
    """Compiles; returns the output if it went to no file and is text."""
    library = _libraries.compiler()
    source = _source(model)
    options.progress, options.cancel = callbacks.c_progress, callbacks.c_cancel
    with callbacks.catching_interrupts():
        result = library.tenon_compile(source, options)
    try:
        diagnostics = _diagnostics(result)
        if callbacks.raised:
            raise callbacks.raised
        if not library.tenon_compile_result_ok(result):
            raise _failure(diagnostics, bool(library.tenon_compile_result_cancelled(result)))
        size = ctypes.c_size_t()
        data = library.tenon_compile_result_output(result, size)
        return ctypes.string_at(data, size.value).decode(errors="replace") if data and size.value else ""
    finally:
        library.tenon_compile_result_release(result)


def _options(
    target: str,
    cpu: str,
    shapes: Any,
    compile_threads: int = 0,
    dump_stages: Any = None,
    ptxas: Any = None,
    precision: str = "fp32",
    tuned: Any = None,
) -> _compiler_abi.Options:
    options = versioned(_compiler_abi.Options)
    options.target, options.cpu, options.precision = target.encode(), cpu.encode(), precision.encode()
    options.shapes, options.num_shapes = shapes, len(shapes)
    options.threads, options.dump_stages, options.ptxas = compile_threads, _encode(dump_stages), _encode(ptxas)
    options.tuned = _encode(tuned)
    return options


def compile(
    model: Model,
    target: str = "cpu",
    *,
    precision: str = "fp32",
    tuned: str | os.PathLike[str] | None = None,
    cpu: str = "native",
    shapes: Mapping[str, Sequence[int | None]] | None = None,
    output: str | os.PathLike[str] | None = None,
    threads: int = 0,
    compile_threads: int = 0,
    dump_stages: str | os.PathLike[str] | None = None,
    ptxas: str | os.PathLike[str] | None = None,
    progress: Callable[[str, float], Any] | None = None,
    device: str | None = None,
) -> Engine:
    """Compiles a model and opens the engine.

    model: path of an .onnx file (external data is looked up beside it), its bytes, or an onnx.ModelProto.
    target: "cpu", "cuda" (which is "cuda:sm_90a,compute_80"), or "cuda:" and a list: sm_80 to sm_120a for machine code, compute_80 to
        compute_120 for PTX, which the driver compiles.
    precision: "fp32" (as the model says), or "fp16" or "bf16": matrix products and convolutions of float32 take operands of that type and
        sum in float32. Inputs and outputs of the model keep their types. "tf32": in code for sm_90a, matrix products of float32 multiply
        the 19 leading bits of their operands (8 of the exponent, 10 of the fraction) and sum in float32; all else is "fp32".
    tuned: file of measured schedules of matrix products, as `tenon tune` writes it, or "none"; by default the one that comes with Tenon.
    cpu: "native" (this machine), "x86-64-v3" or "x86-64-v4".
    shapes: dims of inputs to fix, by name; None leaves a dim as the model declares it.
    output: file to keep the engine in; it appears whole or not at all. Without it the engine lives as long as the object.
    threads, compile_threads: that run kernels, and that compile; 0 for all. The engine does not depend on the latter.
    dump_stages: folder that gets the IR after every stage.
    ptxas: NVIDIA's assembler, for cuda. By default the one on PATH or in $CUDA_HOME/bin (/usr/local/cuda/bin); without one the engine has
        PTX only.
    device: where to open it, as for tenon.load.
    progress: called with the stage and the share of work done in [0, 1]; returning False cancels.

    Raises CompileError, whose `diagnostics` name every node that is to blame, UsageError, CancelledError, FileError.
    """
    options = _options(target, cpu, _shapes(shapes), compile_threads, dump_stages, ptxas, precision, tuned)
    callbacks = _Callbacks(progress)
    if output is not None:
        options.output_path = _encode(output)
        _run(model, options, callbacks)
        return Engine(output, threads, device=device)
    # The engine is mapped from a file, so that weights are in memory once.
    handle, path = tempfile.mkstemp(prefix="tenon-", suffix=".tenon")
    os.close(handle)
    try:
        options.output_path = _encode(path)
        _run(model, options, callbacks)
        return Engine(path, threads, device=device, temporary=True)
    except BaseException:
        if os.path.exists(path):
            os.unlink(path)
        raise


def emit(
    model: Model,
    stage: str,
    target: str = "cpu",
    *,
    cpu: str = "x86-64-v3",
    shapes: Mapping[str, Sequence[int | None]] | None = None,
) -> str:
    """The IR of a stage as text: "infer", "fused", "linalg", "kernels", "llvm" and "asm" (for cuda "nvvm" and "ptx"), or "plan"."""
    options = _options(target, cpu, _shapes(shapes))
    options.emit = stage.encode()
    return _run(model, options, _Callbacks(None))


def check(model: Model) -> list[errors.Diagnostic]:
    """Every reason why the model cannot be compiled for the CPU, without generating code; empty if it can."""
    library = _libraries.compiler()
    source, options = _source(model), versioned(_compiler_abi.Options)
    result = library.tenon_check(source, options)
    try:
        return [diagnostic for diagnostic in _diagnostics(result) if diagnostic.severity == "error"]
    finally:
        library.tenon_compile_result_release(result)
