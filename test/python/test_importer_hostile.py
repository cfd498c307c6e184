# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hostile models: each gets a clear refusal, or works; never a signal, a hang, or memory beyond twice the file plus 256 MB."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "importer/hostile"))
import cases

BUILD = pathlib.Path(os.environ["TENON_BUILD"])
SANITIZED = "ASAN_OPTIONS" in os.environ or "UBSAN_OPTIONS" in os.environ
TIMEOUT_SECONDS = 120


def run(path):
    """Exit status, standard error and peak resident bytes of an import."""
    result = subprocess.run(
        [BUILD / "bin/tenon-import", "--quiet", path],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    peak = re.search(r"peak memory: (\d+) bytes", result.stdout)
    assert peak, f"exit status {result.returncode}: {result.stderr[-2000:]}"
    return result.returncode, result.stderr, int(peak[1])


@pytest.mark.parametrize("name", cases.CASES)
def test_hostile(name, tmp_path):
    path, words = cases.CASES[name](tmp_path)
    status, errors, peak = run(path)
    if words is None:
        assert (status, errors) == (0, "")
    else:
        assert status == 1, errors
        for word in [words] if isinstance(words, str) else words:
            assert word in errors
        assert all(line.startswith(f"{path}: error: ") for line in errors.splitlines())
    if not SANITIZED:
        assert peak < 2 * path.stat().st_size + 256 * 2**20


def test_model_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.onnx", pathlib.Path("/dev/zero")):
        status, errors, _ = run(path)
        assert status == 1 and "error: " in errors
