# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `tenon` program of the build under test."""

import subprocess

import pytest


@pytest.fixture
def tenon(build, tmp_path):
    """Runs `tenon ARGUMENTS` in an empty folder; returns the finished process (returncode, stdout, stderr)."""

    def run(*arguments, **options):
        command = [build / "bin/tenon", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False, **options)

    return run
