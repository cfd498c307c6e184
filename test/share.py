# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A part of cases that are too many for each run of CI: another part with each commit, so that a few commits see all.

TENON_TESTS=all takes all of them:  TENON_TESTS=all tools/run-tests --only pytest --filter gpu
"""

import functools
import os
import pathlib
import subprocess
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]


@functools.cache
def turn():
    """The number of commits; 0 where there is no git."""
    command = ["git", "-C", str(ROOT), "rev-list", "--count", "HEAD"]
    try:
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def takes_all():
    return os.environ.get("TENON_TESTS") == "all"


def share(cases, parts):
    """One of `parts` parts of `cases`, which are told apart by str(case)."""
    if takes_all():
        return list(cases)
    return [case for case in cases if zlib.crc32(str(case).encode()) % parts == turn() % parts]
