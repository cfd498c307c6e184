# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What README.md shows in shell, Python and C works as it stands, on a small model of the same interface."""

import json
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


def test_shell_for_a_gpu(folder, build):
    """As far as no GPU is needed; what needs one says that there is none."""
    environment = {**os.environ, "LD_LIBRARY_PATH": ""}
    for line in snippet("On a GPU", "bash").splitlines():
        program, command, *arguments = shlex.split(line, comments=True)
        done = subprocess.run(
            [build / "bin" / program, command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        without = command == "run" and not pathlib.Path("/dev/nvidiactl").exists()
        assert done.returncode == 0 or (without and "no NVIDIA driver" in done.stderr), f"{command}\n{done.stderr}"


def test_python_on_a_gpu(folder):
    """Arrays on the GPU are tested with the fake driver (test/python/cuda_cases.py) and by tools/gpu-check; here, that the example is Python."""
    text = re.search(r"^## On a GPU\n.*?```python\n(.*?)```", README, flags=re.S | re.M).group(1)
    compile(text, "README.md", "exec")
    assert "tenon.compile" in text and "on_device=True" in text


def test_figures_of_the_readme_are_those_of_the_results():
    rows = {row["case"]: row for row in json.loads((ROOT / "docs/results/h200/models.json").read_text())["rows"]}
    one, many = rows["resnet50.script 1"], rows["resnet50.script 32"]
    figures = f"{one['tenon']:.3g} ms on an H200 and {many['tenon']:.3g} ms for 32 images"
    assert figures in README and f"{one['peer']:.3g} and {many['peer']:.3g} ms there" in README


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
