# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What README.md shows in shell, Python and C works as it stands, on a small model of the same interface."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def snippet(heading, language):
    return re.search(rf"^## {heading}\n```{language}\n(.*?)```", README, flags=re.S | re.M).group(1)


@pytest.fixture
def folder(tmp_path, build):
    """A folder with model.onnx (an image to ten logits) and its engine."""
    weights = numpy_helper.from_array(np.ones((3, 10), np.float32), "w")
    nodes = [helper.make_node("GlobalAveragePool", ["image"], ["p"]), helper.make_node("Flatten", ["p"], ["f"])]
    nodes.append(helper.make_node("MatMul", ["f", "w"], ["logits"]))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])
    graph = helper.make_graph(nodes, "g", [image], [logits], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "model.onnx")
    subprocess.run([build / "bin/tenon", "compile", tmp_path / "model.onnx", "-o", tmp_path / "model.tenon"], check=True)
    return tmp_path


def test_shell(folder, build):
    environment = {**os.environ, "TENON_PYTHON": sys.executable}
    commands = [shlex.split(line, comments=True) for line in snippet("Shell", "bash").splitlines()]
    assert len(commands) >= 5
    for program, *arguments in commands:
        done = subprocess.run(
            [build / "bin" / program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{arguments}\n{done.stderr}"


def test_python(folder):
    done = subprocess.run([sys.executable, "-c", snippet("Python", "python")], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "image float32 ('batch', 3, 224, 224)\n(1, 10)\n", done.stderr


def test_c(folder, build):
    head, body = snippet("C", "c").split("\n", 1)
    memory = "static float image[3 * 224 * 224];"
    (folder / "a.c").write_text(
        f"{head}\n#include <stdio.h>\n{memory}\nint main(void) {{\n{body}\n  return s || output.dims[1] != 10;\n}}\n"
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}", f"-L{build / 'lib'}", f"-Wl,-rpath,{build / 'lib'}"]
    subprocess.run(["/usr/bin/clang-22", *flags, folder / "a.c", "-ltenon_runtime", "-o", folder / "a"], check=True)
    done = subprocess.run([folder / "a"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
