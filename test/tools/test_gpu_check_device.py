# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""gpu-check's `device` suite where no GPU is: what can be tried with the fake driver, and on the CPU."""

import json
import os
import pathlib
import subprocess
import sys

import onnx.parser
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from gpu_check import device  # noqa: E402


@pytest.fixture(scope="module")
def folder(build, tmp_path_factory):
    """The suite's engines: `add` of the fake driver's kernels, and the real one for another architecture, which is refused before it is loaded."""
    folder = tmp_path_factory.mktemp("device")
    (folder / "module").write_text("a module of the fake driver")  # kFakeModule of test/runtime/cuda/FakeCuda.h
    subprocess.run([build / "test/bin/write-add-engine", folder / "add.tenon", folder / "module"], check=True)
    model = onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : 23]> model {device.MODELS["add"]}')
    (folder / "add.onnx").write_bytes(model.SerializeToString())
    command = [build / "bin/tenon", "compile", folder / "add.onnx", "-o", folder / "other.tenon", "--target=cuda:sm_80"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def on_the_fake(build, folder, monkeypatch):
    def run(name):
        monkeypatch.setenv("TENON_BUILD", str(build))
        monkeypatch.setenv("LD_LIBRARY_PATH", str(build / "test/fake"))
        return device.check(name, folder)

    return run


@pytest.mark.parametrize(
    "name,message",
    [
        ("__cuda_array_interface__ without copies", ""),
        ("contexts from several threads", ""),
        ("a prepared shape allocates nothing", ""),
        ("an engine for another architecture", "sm_80"),
    ],
)
def test_on_the_fake_driver(on_the_fake, name, message):
    row = on_the_fake(name)
    assert row["ok"], row["message"]
    assert message in row.get("message", "")


def test_what_needs_torch_is_skipped_without(on_the_fake):
    row = on_the_fake("the caller's stream")
    assert row["ok"] and row["message"].startswith("skipped: ")


def test_a_use_that_goes_wrong_is_a_failed_row(on_the_fake):
    row = on_the_fake("a kernel that faults")  # there is no engine for it here
    assert not row["ok"] and row["message"].startswith("status 1: ")


def test_on_the_cpu(build, tmp_path):
    command = [sys.executable, ROOT / "tools/gpu-check", "device", "--target=cpu", "--bundle", build, "--out", tmp_path]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["case"]: row for row in json.loads((tmp_path / "device.json").read_text())["rows"]}
    assert set(rows) == {name for name, (_, on_cpu) in device.USES.items() if on_cpu}
    assert rows["out of memory"]["message"].startswith("out of memory: 1125899906842624 bytes")
