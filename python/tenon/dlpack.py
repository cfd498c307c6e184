# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""DLPack in both directions without copies, for every element type: numpy's own support lacks bfloat16 and float8.

array = tenon.from_dlpack(torch_tensor)              # numpy array on the tensor's memory
tensor = torch.from_dlpack(tenon.as_dlpack(array))   # tensor on the array's memory
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np

from . import _dtypes
from .errors import DTypeError, InputError

HOST_DEVICE = (1, 0)  # kDLCPU; CUDA's pinned host memory (3) is readable as well
_HOST_DEVICES = (1, 3)
_VERSION = (1, 1)
_READ_ONLY, _IS_COPIED = 1, 2  # DLPACK_FLAG_BITMASK_*

# (code, bits) of DLDataType: include/dlpack/dlpack.h, version 1.1.
_CODES = {
    (0, 8): "int8",
    (0, 16): "int16",
    (0, 32): "int32",
    (0, 64): "int64",
    (1, 8): "uint8",
    (1, 16): "uint16",
    (1, 32): "uint32",
    (1, 64): "uint64",
    (2, 16): "float16",
    (2, 32): "float32",
    (2, 64): "float64",
    (4, 16): "bfloat16",
    (6, 8): "bool",
    (10, 8): "float8_e4m3fn",
    (12, 8): "float8_e5m2",
}


class _DataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class _Managed(ctypes.Structure):
    _fields_ = [("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]


class _ManagedVersioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", _Tensor),
    ]


_Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_is_valid = ctypes.pythonapi.PyCapsule_IsValid
_is_valid.restype, _is_valid.argtypes = ctypes.c_int, [ctypes.py_object, ctypes.c_char_p]
_get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_get_pointer.restype, _get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
_set_name = ctypes.pythonapi.PyCapsule_SetName
_set_name.restype, _set_name.argtypes = ctypes.c_int, [ctypes.py_object, ctypes.c_char_p]
# The capsule keeps the pointers, so these live as long as the process.
_USED = {b"dltensor": ctypes.c_char_p(b"used_dltensor"), b"dltensor_versioned": ctypes.c_char_p(b"used_dltensor_versioned")}


_raw_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_IsValid", ctypes.pythonapi))
_raw_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
_Destructor = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype, _new_capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, _Destructor]


class _Owner:
    """Calls the producer's deleter when the last array on its memory is gone."""

    def __init__(self, address: int, deleter: int | None):
        self._address, self._deleter = address, deleter

    def __del__(self) -> None:
        if self._deleter:
            _Deleter(self._deleter)(self._address)


def _open(capsule: object) -> tuple[int, Any, bytes]:
    """Address, struct and name of a capsule."""
    for name, kind in ((b"dltensor_versioned", _ManagedVersioned), (b"dltensor", _Managed)):
        if _is_valid(capsule, name):
            address = _get_pointer(capsule, name)
            return address, kind.from_address(address), name
    raise InputError("wrong-input", "__dlpack__ gave no unused DLPack capsule")


def _strides(tensor: _Tensor, shape: tuple[int, ...], width: int) -> tuple[int, ...] | None:
    return tuple(tensor.strides[axis] * width for axis in range(len(shape))) if tensor.strides else None


def _capsule(source: Any, **options: Any) -> object:
    """What `source` exports, with a version if it can."""
    try:
        return source.__dlpack__(max_version=_VERSION, **options)
    except TypeError:  # a producer from before DLPack 1.0
        return source.__dlpack__(**options)


def _consume(source: Any, **options: Any) -> tuple[_Tensor, np.dtype, tuple[int, ...], bool, _Owner]:
    """The tensor of `source`, its dtype and shape, whether it is read-only, and what gives the memory back."""
    capsule = _capsule(source, **options)
    address, managed, name = _open(capsule)
    tensor = managed.tensor
    key = (tensor.dtype.code, tensor.dtype.bits)
    if key not in _CODES or tensor.dtype.lanes != 1:
        raise DTypeError("wrong-type", f"DLPack type code {key[0]} of {key[1]} bits is not an element type of Tenon")
    shape = tuple(tensor.shape[axis] for axis in range(tensor.ndim))
    read_only = name == b"dltensor_versioned" and bool(managed.flags & _READ_ONLY)
    # From here on the memory is ours to give back.
    _set_name(capsule, _USED[name])
    return tensor, _dtypes.named(_CODES[key]), shape, read_only, _Owner(address, managed.deleter)


def from_dlpack(source: Any) -> np.ndarray:
    """numpy array on the memory of `source` (any object with __dlpack__ on the CPU); nothing is copied."""
    if source.__dlpack_device__()[0] not in _HOST_DEVICES:
        raise InputError("wrong-input", f"expected a tensor in CPU memory, got DLPack device {tuple(source.__dlpack_device__())}")
    tensor, dtype, shape, read_only, owner = _consume(source)
    strides = _strides(tensor, shape, dtype.itemsize)
    if 0 in shape:
        return np.empty(shape, dtype)
    span = dtype.itemsize + sum((size - 1) * abs(stride) for size, stride in zip(shape, strides or (), strict=False))
    if strides is None:
        span = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    elif min(strides, default=0) < 0:
        raise InputError("wrong-input", "a DLPack tensor with negative strides")
    buffer = (ctypes.c_char * span).from_address(tensor.data + tensor.byte_offset)
    buffer._tenon_owner = owner  # type: ignore[attr-defined]
    array: np.ndarray = np.ndarray(shape, dtype, buffer=buffer, strides=strides)
    array.flags.writeable = not read_only
    return array


class _Exporter:
    """What as_dlpack returns: numpy exports the bytes as integers, and the capsule's type code is then set right."""

    def __init__(self, array: np.ndarray, code: int):
        self._integers = array.view(np.dtype(f"uint{array.dtype.itemsize * 8}"))
        self._code = code

    def __dlpack_device__(self) -> tuple[int, int]:
        return HOST_DEVICE

    def __dlpack__(self, **options: Any) -> object:
        capsule = self._integers.__dlpack__(**options)
        _open(capsule)[1].tensor.dtype.code = self._code
        return capsule


def as_dlpack(array: np.ndarray) -> Any:
    """An object with __dlpack__ on the array's memory: the array itself where numpy can export it."""
    codes = {name: code for (code, _), name in _CODES.items()}
    if array.dtype.name not in codes:
        raise DTypeError("wrong-type", f"dtype {array.dtype} has no DLPack type")
    if array.dtype.isbuiltin == 1:
        return array
    return _Exporter(array, codes[array.dtype.name])


def open_device(source: Any, stream: int) -> tuple[int, np.dtype, tuple[int, ...], tuple[int, ...] | None, Any]:
    """Address, dtype, shape, strides in bytes and owner of a tensor on a GPU, which is ready for what comes in `stream`."""
    tensor, dtype, shape, _, owner = _consume(source, stream=stream)
    return (tensor.data or 0) + tensor.byte_offset, dtype, shape, _strides(tensor, shape, dtype.itemsize), owner


# Exported tensors by the address of their struct, until the consumer is done with them.
_exports: dict[int, Any] = {}


@_Deleter
def _delete(address: int) -> None:
    _exports.pop(address, None)


@_Destructor
def _destroy(capsule: int) -> None:
    """Of a capsule that nobody consumed."""
    for name in _USED:
        if _raw_is_valid(capsule, name):
            _exports.pop(_raw_pointer(capsule, name), None)


def export_device(array: Any, is_versioned: bool, is_copy: bool) -> object:
    """A capsule on a tenon.DeviceArray, which it holds."""
    codes = {name: key for key, name in _CODES.items()}
    managed = _ManagedVersioned() if is_versioned else _Managed()
    if is_versioned:
        managed.major, managed.minor = _VERSION
        managed.flags = _IS_COPIED if is_copy else 0
    rank = len(array.shape)
    dims = (ctypes.c_int64 * max(rank, 1))(*array.shape)
    strides = (ctypes.c_int64 * max(rank, 1))(*(math.prod(array.shape[axis + 1 :]) for axis in range(rank)))
    tensor = managed.tensor
    tensor.data, tensor.ndim = array.address, rank
    tensor.device_type, tensor.device_id = array.__dlpack_device__()
    tensor.dtype.code, tensor.dtype.bits = codes[array.dtype.name]
    tensor.dtype.lanes = 1
    tensor.shape = ctypes.cast(dims, ctypes.POINTER(ctypes.c_int64))
    tensor.strides = ctypes.cast(strides, ctypes.POINTER(ctypes.c_int64))
    managed.deleter = ctypes.cast(_delete, ctypes.c_void_p)
    place = ctypes.addressof(managed)
    _exports[place] = (managed, dims, strides, array)
    return _new_capsule(place, b"dltensor_versioned" if is_versioned else b"dltensor", _destroy)


def export_host(array: np.ndarray, is_versioned: bool) -> object:
    """A capsule on a numpy array that is a copy."""
    exporter = as_dlpack(array)
    capsule = _capsule(exporter) if is_versioned else exporter.__dlpack__()
    _, managed, name = _open(capsule)
    if name == b"dltensor_versioned":
        managed.flags |= _IS_COPIED
    return capsule
