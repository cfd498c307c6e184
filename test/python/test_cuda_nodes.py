# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""onnx's backend node suite compiled for GPUs: ptxas takes every kernel for three generations, and all stays in registers.

All forms of the quick part, a third of them with each commit (test/share.py), and with TENON_TESTS=all of every case that compiles at all.
"""

import json
import pathlib
import shutil
import subprocess

import node_suite
import onnx
import pytest
import share

HERE = pathlib.Path(__file__).resolve().parent
ARCHS = ("sm_120", "sm_90a", "sm_80")
QUICK = set(json.loads((HERE / "backend_nodes.json").read_text())["quick"])
# Forms that do not compile on the CPU either, with the reason.
REFUSED = {case for cases in json.loads((HERE.parent / "ops/refused.json").read_text()).values() for case in cases}
# What the host must know in time is no constant in these.
NO_ENGINE = {"test_onehot_without_axis"}
FORMS = [
    (name, form)
    for name, case in node_suite.cases().items()
    for form in node_suite.FORMS
    if (name in QUICK or share.takes_all()) and node_suite.has_form(case, form) and not {name, f"{name} {form}"} & (REFUSED | NO_ENGINE)
]

pytestmark = pytest.mark.skipif(
    not (shutil.which("ptxas") or pathlib.Path("/usr/local/cuda/bin/ptxas").exists()), reason="there is no ptxas on this machine"
)


@pytest.mark.parametrize("name,form", share.share(FORMS, 3))
def test_kernels_assemble(build, tmp_path, name, form):
    model, _ = node_suite.in_form(node_suite.cases()[name], form)
    onnx.save(model, tmp_path / "model.onnx")
    command = [build / "bin/tenon", "compile", "model.onnx", "-o", "e.tenon", "--json", f"--target=cuda:{','.join(ARCHS)}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout)["report"].get("assembly", []):
        assert row["arch"] in ARCHS
        memory = ("spill_store_bytes", "spill_load_bytes", "stack_bytes")
        assert [kernel for kernel in row["kernels"] if any(kernel[key] for key in memory)] == []
        assert all(0 < kernel["registers"] <= 255 for kernel in row["kernels"])
