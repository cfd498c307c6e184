# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Statuses of the runtime as exceptions."""

from __future__ import annotations

from . import _libraries, errors


def check(status: int | None) -> None:
    """Raises the error of a status of the runtime."""
    if not status:
        return
    library = _libraries.runtime()
    name = library.tenon_code_name(library.tenon_status_code(status)).decode()
    message = library.tenon_status_message(status).decode(errors="replace")
    library.tenon_status_release(status)
    raise errors.make(name.removeprefix("TENON_").lower().replace("_", "-"), message)
