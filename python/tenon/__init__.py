# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tenon compiles ONNX models into engines and runs them.

import tenon
engine = tenon.compile("model.onnx")
outputs = engine({"image": image})      # dict of numpy arrays
"""

from __future__ import annotations

from .compiler import check, compile, emit
from .device import DeviceArray
from .dlpack import as_dlpack, from_dlpack
from .engine import Engine, Symbol, TensorInfo, load
from .errors import (
    CancelledError,
    CompileError,
    DeviceLostError,
    Diagnostic,
    DTypeError,
    EngineError,
    Error,
    FileError,
    InputError,
    LibraryError,
    OutOfMemoryError,
    RunError,
    ShapeError,
    UsageError,
)

__version__ = "0.1.0"

__all__ = [
    "CancelledError",
    "CompileError",
    "DTypeError",
    "DeviceArray",
    "DeviceLostError",
    "Diagnostic",
    "Engine",
    "EngineError",
    "Error",
    "FileError",
    "InputError",
    "LibraryError",
    "OutOfMemoryError",
    "RunError",
    "ShapeError",
    "Symbol",
    "TensorInfo",
    "UsageError",
    "as_dlpack",
    "check",
    "compile",
    "emit",
    "from_dlpack",
    "load",
]
