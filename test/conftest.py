# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes `tolerances` and `benchmark` importable by every test; what several folders' tests share."""

import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "models")]

ROOT = HERE.parent


@pytest.fixture(scope="session")
def root():
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def build():
    """The build under test."""
    return pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev"))


@pytest.fixture(scope="session")
def add_engine(build, tmp_path_factory):
    """An engine made by hand, "c = a + b" over i32[n] with n in [1, 1000]: for tests about running, not compiling."""
    path = tmp_path_factory.mktemp("engine") / "add.tenon"
    subprocess.run([build / "test/bin/write-add-engine", path], check=True)
    return path
