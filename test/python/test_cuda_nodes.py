# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The quick part of onnx's backend node suite compiled for GPUs: ptxas takes every kernel for three generations, none spills registers."""

import json
import pathlib
import shutil
import subprocess

import backend_nodes
import onnx
import pytest

LISTS = json.loads(pathlib.Path(__file__).with_name("backend_nodes.json").read_text())
ARCHS = ["sm_120", "sm_90a", "sm_80"]
# What the host must know in time is no constant in these.
NO_ENGINE = {"test_onehot_without_axis"}

pytestmark = pytest.mark.skipif(
    not (shutil.which("ptxas") or pathlib.Path("/usr/local/cuda/bin/ptxas").exists()), reason="there is no ptxas on this machine"
)


@pytest.fixture(scope="module")
def suite():
    return backend_nodes.cases()


@pytest.mark.parametrize("name", [name for name in LISTS["quick"] if name not in NO_ENGINE])
def test_kernels_assemble(suite, build, tmp_path, name):
    model, _ = backend_nodes.in_form(suite[name], "known")
    onnx.save(model, tmp_path / "model.onnx")
    command = [build / "bin/tenon", "compile", "model.onnx", "-o", "e.tenon", "--json", f"--target=cuda:{','.join(ARCHS)}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout)["report"].get("assembly", []):
        assert row["arch"] in ARCHS
        assert [kernel["name"] for kernel in row["kernels"] if kernel["spill_store_bytes"] or kernel["spill_load_bytes"]] == []
        assert all(0 < kernel["registers"] <= 255 for kernel in row["kernels"])
