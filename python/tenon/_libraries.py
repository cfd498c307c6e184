# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds and loads the shared libraries, once and only when they are needed.

Searched in this order: the folder $TENON_LIBRARY_PATH; `lib` inside the package (a wheel); `lib` beside the package's parent (an
installed tree); the build folder $TENON_BUILD; build/release and build/dev of a source tree.
"""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
from collections.abc import Iterator

from .errors import LibraryError

_PACKAGE = pathlib.Path(__file__).resolve().parent


def _folders() -> Iterator[pathlib.Path]:
    given = os.environ.get("TENON_LIBRARY_PATH")
    if given:
        yield from map(pathlib.Path, given.split(os.pathsep))
    yield _PACKAGE / "lib"
    yield _PACKAGE.parent.parent / "lib"
    build = os.environ.get("TENON_BUILD")
    if build:
        yield pathlib.Path(build) / "lib"
    for preset in ("release", "dev"):
        yield _PACKAGE.parent.parent / "build" / preset / "lib"


def find(name: str) -> pathlib.Path:
    """Path of a library; raises LibraryError with the places that were searched."""
    searched = []
    for folder in _folders():
        # A wheel holds no links: there the runtime has only its versioned name.
        for path in (folder / name, folder / f"{name}.0"):
            if path.exists():
                return path
        searched.append(str(folder))
    raise LibraryError(f"{name} was not found in {', '.join(searched)}; set TENON_LIBRARY_PATH to the folder that has it")


def load(name: str) -> ctypes.CDLL:
    """Loads a library. CDLL's calls release the global interpreter lock."""
    path = find(name)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise LibraryError(f"cannot load {path}: {error}") from error


@functools.cache
def runtime() -> ctypes.CDLL:
    from . import _runtime_abi

    return _runtime_abi.declare(load("libtenon_runtime.so"))


@functools.cache
def compiler() -> ctypes.CDLL:
    from . import _compiler_abi

    return _compiler_abi.declare(load("libtenon_compiler.so"))
