# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Typed errors. Every one has `code`, a word of docs/errors.md that stays the same between versions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """A line of the compiler. The node fields are empty where no ONNX node is to blame; opset is 0 if unknown."""

    severity: str
    """"error", "warning" or "note"."""
    code: str
    message: str
    node: str = ""
    op: str = ""
    domain: str = ""
    opset: int = 0

    def __str__(self) -> str:
        where = f"node '{self.node}' ({self.op}): " if self.node or self.op else ""
        return f"{self.severity}{f'[{self.code}]' if self.code else ''}: {where}{self.message}"


class Error(Exception):
    """Base of all errors of Tenon."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class UsageError(Error, ValueError):
    """An argument that the call does not accept."""


class CompileError(Error):
    """The model cannot be compiled; `diagnostics` has every reason."""

    def __init__(self, code: str, message: str, diagnostics: Sequence[Diagnostic] = ()):
        super().__init__(code, message)
        self.diagnostics = tuple(diagnostics)


class CancelledError(CompileError):
    """The progress callback asked to stop."""


class EngineError(Error):
    """The file is no engine that this version can use: damaged, inconsistent, of another version, or for another machine."""


class InputError(Error, ValueError):
    """An input is missing or unknown."""


class DTypeError(Error, TypeError):
    """An array has another element type than the engine declares."""


class ShapeError(Error, ValueError):
    """A shape does not fit the engine, or two shapes do not fit each other."""


class RunError(Error, RuntimeError):
    """The model ended its own run, for example at a guard."""


class FileError(Error, OSError):
    """A file cannot be read or written."""

    def __init__(self, code: str, message: str):
        Error.__init__(self, code, message)


class OutOfMemoryError(Error, MemoryError):
    """Memory ran out."""


class DeviceLostError(Error, RuntimeError):
    """A kernel or the device failed: nothing works on this device any more in this process."""


class LibraryError(Error, ImportError):
    """Tenon's shared libraries were not found or do not load."""

    def __init__(self, message: str):
        Error.__init__(self, "missing", message)


_CLASSES: dict[str, type[Error]] = {
    "usage": UsageError,
    "invalid-argument": UsageError,
    "out-of-memory": OutOfMemoryError,
    "io-error": FileError,
    "corrupt-engine": EngineError,
    "invalid-engine": EngineError,
    "wrong-version": EngineError,
    "unsupported": EngineError,
    "wrong-type": DTypeError,
    "wrong-shape": ShapeError,
    "wrong-input": InputError,
    "guard-failed": RunError,
    "overflow": RunError,
    "program-error": RunError,
    "device-lost": DeviceLostError,
}


def make(code: str, message: str) -> Error:
    """The error for a code of the runtime, of the class that it belongs to."""
    return _CLASSES.get(code, Error)(code, message)
