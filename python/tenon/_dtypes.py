# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon_type and numpy's dtypes. bfloat16 and float8 come from ml_dtypes, which is imported only when one is met."""

from __future__ import annotations

import functools

import numpy as np

from .errors import DTypeError

# Index: tenon_type. A name that numpy lacks is ml_dtypes'.
_NAMES = (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
    "float8_e4m3fn",
    "float8_e5m2",
)
_FOREIGN = {"bfloat16", "float8_e4m3fn", "float8_e5m2"}


@functools.cache
def named(name: str) -> np.dtype:
    """The dtype of that name, of numpy or ml_dtypes."""
    if name not in _FOREIGN:
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise DTypeError("missing", f"element type {name} needs the package ml_dtypes: pip install ml_dtypes") from error
    return np.dtype(getattr(ml_dtypes, name))


def from_type(number: int) -> np.dtype:
    """numpy's dtype for a tenon_type."""
    if not 0 <= number < len(_NAMES):
        raise DTypeError("wrong-type", f"element type number {number} has no numpy dtype")
    return named(_NAMES[number])


def to_type(dtype: np.dtype) -> int:
    """tenon_type of a dtype."""
    if dtype.name not in _NAMES or not dtype.isnative:
        raise DTypeError("wrong-type", f"dtype {dtype} is not an element type of Tenon")
    return _NAMES.index(dtype.name)
