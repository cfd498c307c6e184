# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tutorial's steps work in a copy of the tree, and adding an op touches at most four places."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/tutorials/add-an-op.md"
SOURCES = ("dialects", "lib", "conversion", "tools", "test/ops")


@pytest.fixture
def copy(tmp_path):
    for name in SOURCES:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, tmp_path / name)
    subprocess.run("git init -q && git add -A", shell=True, cwd=tmp_path, check=True)
    return tmp_path


def run(command, folder):
    environment = {**os.environ, "PATH": f"/usr/lib/llvm-22/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_steps(copy):
    steps = re.findall(r"```bash\n(.*?)```", TUTORIAL.read_text(), flags=re.S)
    assert len(steps) == 2
    for step in steps:
        run(step, copy)
    status = run("git status --porcelain --untracked-files=all", copy).splitlines()
    changed = [line for line in status if line[1] != " "]  # second column: against what was added before the steps
    assert 1 <= len(changed) <= 4, changed


def test_refuses_a_second_op_of_the_name(copy):
    command = [copy / "tools/new", "op", "abs", "--formula", "x", "--body", "return x;"]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 1 and "already" in first.stderr
    wrong = subprocess.run([*command[:2], "NotSnake", *command[3:]], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1 and "snake_case" in wrong.stderr
