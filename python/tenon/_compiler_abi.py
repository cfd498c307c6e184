# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""include/tenon/tenon_compiler.h in ctypes."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_void_p


class Model(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("path", c_char_p), ("data", c_char_p), ("bytes", c_size_t)]


class InputShape(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("rank", c_uint32), ("dims", POINTER(c_int64))]


Progress = CFUNCTYPE(None, c_void_p, c_char_p, c_double)
Cancel = CFUNCTYPE(c_int32, c_void_p)


class Options(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("target", c_char_p),
        ("cpu", c_char_p),
        ("shapes", POINTER(InputShape)),
        ("num_shapes", c_size_t),
        ("emit", c_char_p),
        ("dump_stages", c_char_p),
        ("output_path", c_char_p),
        ("threads", c_uint32),
        ("progress", Progress),
        ("cancel", Cancel),
        ("user", c_void_p),
        ("ptxas", c_char_p),
        ("precision", c_char_p),
        ("tuned", c_char_p),
    ]


class Diagnostic(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("severity", c_int32),
        ("code", c_char_p),
        ("message", c_char_p),
        ("node", c_char_p),
        ("op", c_char_p),
        ("domain", c_char_p),
        ("opset", c_int64),
    ]


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    result = c_void_p
    functions = {
        "tenon_compiler_version": (c_char_p, []),
        "tenon_compile": (result, [POINTER(Model), POINTER(Options)]),
        "tenon_check": (result, [POINTER(Model), POINTER(Options)]),
        "tenon_compile_result_release": (None, [result]),
        "tenon_compile_result_ok": (c_int32, [result]),
        "tenon_compile_result_cancelled": (c_int32, [result]),
        "tenon_compile_result_num_diagnostics": (c_size_t, [result]),
        "tenon_compile_result_diagnostic": (c_int32, [result, c_size_t, POINTER(Diagnostic)]),
        "tenon_compile_result_output": (c_void_p, [result, POINTER(c_size_t)]),
        "tenon_compile_result_report": (c_char_p, [result]),
    }
    for name, (kind, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = kind, arguments
    return library
