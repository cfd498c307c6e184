# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The wheel that a bundle carries: when it is used, and what is said when it is not."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from gpu_check import wheels  # noqa: E402

THIS = f"cp{sys.version_info.major}{sys.version_info.minor}"


@pytest.fixture
def use(tmp_path, monkeypatch, capfd):
    """Uses a wheel of onnxruntime with this version, tag and text; returns what was said."""
    monkeypatch.setenv("PYTHONPATH", "/before")
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(version, tag=THIS, text="there = True\n"):
        with zipfile.ZipFile(tmp_path / f"onnxruntime-{version}-{tag}-{tag}-any.whl", "w") as archive:
            archive.writestr("onnxruntime/__init__.py", text)
        wheels.use(tmp_path, tmp_path / "site")
        return capfd.readouterr().out

    return run


def test_another_version_is_used(use, tmp_path):
    installed = importlib.metadata.version("onnxruntime")
    assert use("99.1") == f"onnxruntime 99.1 from the bundle; installed is {installed}\n"
    assert sys.path[0] == str(tmp_path / "site/onnxruntime")
    assert os.environ["PYTHONPATH"] == f"{sys.path[0]}:/before"
    subprocess.run([sys.executable, "-c", "import onnxruntime; assert onnxruntime.there"], check=True)


def test_the_same_version_is_not_used(use):
    assert use(importlib.metadata.version("onnxruntime")) == ""
    assert os.environ["PYTHONPATH"] == "/before"


def test_a_wheel_for_another_python_is_not_used(use):
    assert "whose wheel is for cp27" in use("99.1", tag="cp27")
    assert os.environ["PYTHONPATH"] == "/before"


def test_a_wheel_that_does_not_start_is_not_used(use):
    assert "does not start here" in use("99.1", text="import not_there\n")
    assert os.environ["PYTHONPATH"] == "/before"


def test_a_bundle_without_wheels(tmp_path):
    wheels.use(tmp_path / "none", tmp_path)
    assert str(tmp_path / "onnxruntime") not in sys.path


def test_pins():
    text = wheels.pin("onnxruntime", (ROOT / "tools/requirements.txt").read_text())
    assert text.startswith(f"onnxruntime=={importlib.metadata.version('onnxruntime')} ") and text.count("--hash=sha256:") > 3
    with pytest.raises(SystemExit, match="pins no nothing"):
        wheels.pin("nothing", text)
