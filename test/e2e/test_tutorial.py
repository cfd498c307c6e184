# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tutorials' steps work in a copy of the tree, and adding an op or a pass touches at most four places."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TUTORIALS = ROOT / "docs/tutorials"
SOURCES = ("dialects", "lib", "conversion", "tools", "test/ops", "test/dialects")


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


def follow(name, copy):
    """Runs a tutorial's steps; the files that changed or appeared."""
    steps = re.findall(r"```bash\n(.*?)```", (TUTORIALS / name).read_text(), flags=re.S)
    assert len(steps) == 2
    for step in steps:
        run(step, copy)
    status = run("git status --porcelain --untracked-files=all", copy).splitlines()
    return [line[3:] for line in status if line[1] != " "]  # second column: against what was added before the steps


@pytest.mark.parametrize("name", sorted(path.name for path in TUTORIALS.iterdir()))
def test_steps(name, copy):
    changed = follow(name, copy)
    assert 1 <= len(changed) <= 4, changed
    sources = [path for path in changed if path.endswith(".cpp")]
    run(f"clang-format --dry-run -Werror --style=file:{ROOT}/.clang-format {' '.join(sources)}", copy)
    for path in [path for path in changed if path.endswith("Passes.td")]:
        assert "GEN_PASS_DEF_INFERMERGERELUSPASS" in run(f"mlir-tblgen -gen-pass-decls -I /usr/lib/llvm-22/include {path}", copy)


@pytest.mark.parametrize(
    "name,flags",
    (
        ("abs", ["--numpy", "np.abs(x)"]),
        ("mul", ["--binary", "--formula", "x * y"]),
        ("not", ["--elements", "Bool", "--numpy", "~x"]),
        ("bitwise_and", ["--binary", "--elements", "Integer", "--numpy", "x & y"]),
    ),
)
def test_the_test_that_is_written_runs(name, flags, copy):
    """Of ops that are there already: their entries are taken out of the copy first."""
    for file, pattern in (("dialects/Infer/IR/InferElementwiseOps.td", f'<"{name}",'), ("lib/Importer/Onnx/Elementwise.cpp", f'"{name}"')):
        lines = (copy / file).read_text().splitlines(keepends=True)
        (copy / file).write_text("".join(line for line in lines if pattern not in line))
    run(shlex.join(["tools/new", "op", name, "--formula", "x", "--body", "return x;", *flags]), copy)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", copy / f"test/ops/test_{name}.py"]
    paths = os.pathsep.join([str(ROOT / "python"), str(ROOT / "test"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, cwd=copy, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_refuses_a_second_op_of_the_name(copy):
    command = [copy / "tools/new", "op", "abs", "--formula", "x", "--body", "return x;"]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 1 and "already" in first.stderr
    wrong = subprocess.run([*command[:2], "NotSnake", *command[3:]], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1 and "snake_case" in wrong.stderr


def test_refuses_a_second_pass_of_the_name(copy):
    def new(name, summary="Fold"):
        return subprocess.run([copy / "tools/new", "pass", name, "--summary", summary], capture_output=True, text=True, check=False)

    for name, message in (
        ("fold-conv-normalization", "a pass named 'infer-fold-conv-normalization' already"),
        ("elementwise", "test/dialects/Infer/elementwise.mlir is there already"),
        ("not_kebab", "kebab-case"),
        ("NotKebab", "kebab-case"),
    ):
        done = new(name)
        assert done.returncode == 1 and message in done.stderr
    quoted = new("fold-quotes", 'say "fold"')
    assert quoted.returncode == 1 and "without quotes" in quoted.stderr
    assert not run("git diff --name-only", copy)
