# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `tenon` program of the build under test."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def build():
    return pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev"))


@pytest.fixture
def tenon(build, tmp_path):
    """Runs `tenon ARGUMENTS` in an empty folder; returns the finished process (returncode, stdout, stderr)."""

    def run(*arguments, **options):
        command = [build / "bin/tenon", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False, **options)

    return run
