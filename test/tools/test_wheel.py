# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The wheel installs into a fresh environment and works there, away from the source tree."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest


@pytest.fixture(scope="module")
def installed(build, root, tmp_path_factory):
    """The Python of an environment that has the wheel, and numpy from outside (no network)."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, root / "tools/make-wheel", "--from", build, "--to", folder]
    wheel = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check", wheel], check=True)
    return python


def run(program, *command, **more):
    """Runs a program of the environment without what points to the source tree."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TENON_", "PYTHON"))} | more
    return subprocess.run([program, *map(str, command)], env=environment, cwd=program.parent, capture_output=True, text=True, check=False)


def run_python(python, *command):
    return run(python, *command, PYTHONPATH=os.path.dirname(os.path.dirname(np.__file__)))


def test_package_runs_an_engine(installed, add_engine):
    script = "import sys, tenon; print(tenon.__file__, tenon.load(sys.argv[1])(a=[1, 2], b=[3, 4])['c'].tolist())"
    done = run_python(installed, "-c", script, add_engine)
    assert done.returncode == 0, done.stderr
    place, result = done.stdout.strip().split(" ", 1)
    assert str(installed.parent.parent) in place
    assert result == "[4, 6]"


def test_package_finds_the_compiler(installed):
    done = run_python(installed, "-c", "import tenon; print(len(tenon.check(b'no model')))")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 1


def test_program_is_installed(installed, add_engine):
    done = run(installed.parent / "tenon", "run", add_engine)
    assert done.stdout.startswith("c: i32[1]"), done.stderr


def test_licences_are_installed(installed, root):
    script = "import importlib.metadata as m; print('\\n'.join(str(f.locate()) for f in m.files('tenon') if 'licenses' in f.parts))"
    done = run_python(installed, "-c", script)
    found = {pathlib.Path(name).name: pathlib.Path(name).read_text() for name in done.stdout.split()}
    assert found == {name: (root / name).read_text() for name in ("LICENSE", "THIRD_PARTY.md")}


def test_wheel_is_deterministic(build, root, tmp_path):
    contents = []
    for name in ("one", "two"):
        subprocess.run(
            [sys.executable, root / "tools/make-wheel", "--from", build, "--to", tmp_path / name], check=True, capture_output=True
        )
        (wheel,) = (tmp_path / name).iterdir()
        contents.append(wheel.read_bytes())
    assert contents[0] == contents[1]
