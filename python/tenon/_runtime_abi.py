# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""include/tenon/tenon.h in ctypes: structs, and the functions that the package calls."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import TypeVar

Struct = TypeVar("Struct", bound=ctypes.Structure)

CPU, CUDA = 0, 1  # tenon_device_kind
HOST, DEVICE = 0, 1  # tenon_memory


class Tensor(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("data", c_void_p),
        ("bytes", c_size_t),
        ("type", c_int32),
        ("rank", c_uint32),
        ("dims", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("memory", c_int32),
    ]


class TensorInfo(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("type", c_int32),
        ("rank", c_uint32),
        ("dims", POINTER(c_int64)),
        ("dim_names", POINTER(c_char_p)),
        ("data_dependent", c_int32),
    ]


class SymbolInfo(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("minimum", c_int64), ("maximum", c_int64)]


class DeviceOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("kind", c_int32),
        ("ordinal", c_int32),
        ("threads", c_uint32),
        ("spin_micros", c_uint32),
        ("watchdog_millis", c_uint32),
    ]


class DeviceInfo(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("kind", c_int32),
        ("ordinal", c_int32),
        ("name", c_char_p),
        ("arch", c_char_p),
        ("threads", c_uint32),
        ("driver", c_int32),
        ("memory_bytes", c_uint64),
        ("free_bytes", c_uint64),
    ]


class OpenOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("device", c_void_p), ("threads", c_uint32)]


class RunOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("stream", c_void_p), ("cancel", c_void_p), ("is_async", c_int32)]


class Shape(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("rank", c_uint32), ("dims", POINTER(c_int64))]


class ContextStats(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("arena_bytes", c_uint64),
        ("live_bytes", c_uint64),
        ("pool_bytes", c_uint64),
        ("scratch_bytes", c_uint64),
        ("bindings", c_uint64),
        ("allocations", c_uint64),
        ("runs", c_uint64),
        ("launches", c_uint64),
        ("graph_launches", c_uint64),
        ("graphs", c_uint64),
        ("graph_updates", c_uint64),
        ("waits", c_uint64),
    ]


class EngineInfo(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("producer", c_char_p),
        ("arch", c_char_p),
        ("report", c_char_p),
        ("num_metadata", c_size_t),
        ("num_kernels", c_size_t),
        ("constants_bytes", c_uint64),
        ("code_bytes", c_uint64),
        ("arena_bytes", c_uint64),
        ("live_bytes", c_uint64),
        ("device", c_void_p),
        ("num_launches", c_uint64),
    ]


def versioned(kind: type[Struct]) -> Struct:
    """A zeroed struct that knows its size."""
    struct = kind()
    struct.size = ctypes.sizeof(kind)
    return struct


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Gives every function its types: without them ctypes would cut pointers to 32 bits."""
    status, handle, out = c_void_p, c_void_p, POINTER(c_void_p)
    functions = {
        "tenon_status_code": (c_int32, [status]),
        "tenon_status_message": (c_char_p, [status]),
        "tenon_status_release": (None, [status]),
        "tenon_code_name": (c_char_p, [c_int32]),
        "tenon_version": (c_char_p, []),
        "tenon_device_create": (status, [POINTER(DeviceOptions), out]),
        "tenon_device_release": (None, [handle]),
        "tenon_device_describe": (status, [handle, POINTER(DeviceInfo)]),
        "tenon_device_wait": (status, [handle, c_void_p]),
        "tenon_device_allocate": (status, [handle, c_size_t, out]),
        "tenon_device_free": (None, [handle, c_void_p]),
        "tenon_device_copy": (status, [handle, c_void_p, c_int32, c_void_p, c_int32, c_size_t]),
        "tenon_engine_open_file": (status, [c_char_p, POINTER(OpenOptions), out]),
        "tenon_engine_open_memory": (status, [c_void_p, c_size_t, POINTER(OpenOptions), out]),
        "tenon_engine_release": (None, [handle]),
        "tenon_engine_num_inputs": (c_size_t, [handle]),
        "tenon_engine_num_outputs": (c_size_t, [handle]),
        "tenon_engine_num_symbols": (c_size_t, [handle]),
        "tenon_engine_input": (status, [handle, c_size_t, POINTER(TensorInfo)]),
        "tenon_engine_output": (status, [handle, c_size_t, POINTER(TensorInfo)]),
        "tenon_engine_symbol": (status, [handle, c_size_t, POINTER(SymbolInfo)]),
        "tenon_engine_describe": (status, [handle, POINTER(EngineInfo)]),
        "tenon_engine_metadata": (status, [handle, c_size_t, POINTER(c_char_p), POINTER(c_char_p)]),
        "tenon_context_create": (status, [handle, c_void_p, out]),
        "tenon_context_release": (None, [handle]),
        "tenon_context_bind_input": (status, [handle, c_size_t, POINTER(Tensor)]),
        "tenon_context_bind_output_memory": (status, [handle, c_size_t, c_int32, c_void_p, c_size_t]),
        "tenon_context_prepare": (status, [handle, POINTER(Shape), c_size_t]),
        "tenon_context_run": (status, [handle, POINTER(RunOptions)]),
        "tenon_context_wait": (status, [handle]),
        "tenon_context_get_stats": (status, [handle, POINTER(ContextStats)]),
        "tenon_context_output": (status, [handle, c_size_t, POINTER(Tensor)]),
    }
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
