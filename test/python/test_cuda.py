# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Engines on a GPU from Python, with the fake CUDA driver: cuda_cases.py in a process that finds it as libcuda.so.1."""

import os
import pathlib
import subprocess
import sys

import tenon

CASES = pathlib.Path(__file__).parent / "cuda_cases.py"


def test_on_the_fake_driver(build, tmp_path):
    engine = tmp_path / "cuda.tenon"
    (tmp_path / "module").write_text("a module of the fake driver")  # kFakeModule of test/runtime/cuda/FakeCuda.h
    subprocess.run([build / "test/bin/write-add-engine", engine, tmp_path / "module"], check=True)
    package = str(pathlib.Path(tenon.__file__).parent.parent)
    paths = {"LD_LIBRARY_PATH": str(build / "test/fake"), "PYTHONPATH": package, "TENON_BUILD": str(build)}
    environment = {**os.environ, **paths, "TENON_CUDA_ENGINE": str(engine)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout
