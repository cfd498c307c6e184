# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `tools/bootstrap demo` runs, on a small model: it ends well, and its next steps are commands that exist."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(build):
    command = [sys.executable, ROOT / "tools/demo.py", "lstm_tagger.script", "1x32"]
    done = subprocess.run(command, env={**os.environ, "TENON_BUILD": str(build)}, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_step_says_what_it_made(demo):
    assert re.findall(r"^(\d)/4 ", demo, re.M) == list("1234")
    assert "equal within the tolerance" in demo


@pytest.mark.skipif(pathlib.Path("/dev/nvidiactl").exists(), reason="a GPU is here")
def test_compiles_for_gpus_without_one(demo):
    assert re.search(r"\d+ MB engine in [\d.]+ s, of which ptxas [\d.]+ s\n +\d+ kernels, at most \d+ registers, 0 of them spill\n", demo)


def test_next_steps(demo, build, tmp_path):
    commands = [shlex.split(line)[2:] for line in re.findall(r"^  (tools/bootstrap run tenon .*?)(?:  |$)", demo, re.M)]
    assert len(commands) == 4 and any("--target=cuda" in words for words in commands)
    for _, *arguments in commands:
        words = [str(ROOT / word) if (ROOT / word).is_file() else word for word in arguments]
        done = subprocess.run([build / "bin/tenon", *words], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, f"{words}\n{done.stderr}"
