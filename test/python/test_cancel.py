# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ctrl-C in the middle of a long stage: the compilation ends there, long before the stage would have, and leaves nothing behind.

Each stage is made so long that a cancellation which is not looked at shows: the limit below is far from both."""

import os
import signal
import stat
import subprocess
import threading
import time

import numpy as np
import onnx
import pytest
import tenon
from onnx import TensorProto, helper

SECONDS = 10  # a cancelled compilation takes tenths of one


def model(path, nodes, weights, shape):
    """Nodes as (op, inputs, output, attributes); the last output is the model's."""
    graph = helper.make_graph(
        [helper.make_node(op, inputs, [output], **attributes) for op, inputs, output, attributes in nodes],
        "long",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(nodes[-1][2], TensorProto.FLOAT, None)],
        [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def many_kernels(path, count):
    """Convolutions of which no two have the same sizes."""
    nodes, weights, last, channels = [], {}, "x", 3
    for i in range(count):
        weights[f"w{i}"] = np.full((17 + i, channels, 3, 3), 0.01, np.float32)
        nodes.append(("Conv", [last, f"w{i}"], f"h{i}", {"pads": [1, 1, 1, 1]}))
        last, channels = f"h{i}", 17 + i
    return model(path, nodes, weights, [1, 3, 40, 40])


def long_constant(path, count, width):
    """A constant that takes `count` products of matrices to compute."""
    nodes, last = [], "w"
    for i in range(count):
        nodes.append(("MatMul", [last, "w"], f"m{i}", {}))
        last = f"m{i}"
    nodes.append(("Add", ["x", last], "y", {}))
    return model(path, nodes, {"w": np.full((width, width), 1 / width, np.float32)}, [width])


def sleeping_assembler(path):
    """A ptxas that writes its process number beside it and never ends."""
    path.write_text(f'#!/bin/sh\necho $$ >> "{path}.pids"\nexec sleep 600\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def assert_gone(assembler):
    for number in assembler.with_name(assembler.name + ".pids").read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)


def compile_until(stage, delay, *arguments, **options):
    """Compiles, with Ctrl-C `delay` seconds after `stage` has begun. Gives the stages that began and the seconds that it took from then."""
    seen, pressed = [], []

    def press():
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    def progress(name, _share):
        seen.append(name)
        if name == stage:
            threading.Timer(delay, press).start()

    with pytest.raises(KeyboardInterrupt):
        tenon.compile(*arguments, progress=progress, compile_threads=1, **options)
    return seen, time.monotonic() - pressed[0]


@pytest.fixture(autouse=True)
def interrupts():
    """Ctrl-C as Python has it, also where the tests were started in the background: shells let such programs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_code_generation(tmp_path, temporary):
    path = many_kernels(tmp_path / "m.onnx", 150)
    seen, seconds = compile_until("asm", 0.3, path, output=tmp_path / "m.tenon")
    assert seen[-1] == "asm" and seconds < SECONDS
    assert sorted(os.listdir(tmp_path)) == ["m.onnx", "temporary"]
    assert not os.listdir(temporary)


def test_passes(tmp_path, temporary):
    path = many_kernels(tmp_path / "m.onnx", 150)
    seen, seconds = compile_until("kernels", 0.1, path, output=tmp_path / "m.tenon")
    assert seen[-1] == "kernels" and seconds < SECONDS
    assert sorted(os.listdir(tmp_path)) == ["m.onnx", "temporary"]


def test_constants(tmp_path, temporary):
    path = long_constant(tmp_path / "m.onnx", 400, 2048)
    seen, seconds = compile_until("engine", 0.3, path, output=tmp_path / "m.tenon")
    assert seen[-1] == "engine" and seconds < SECONDS
    assert sorted(os.listdir(tmp_path)) == ["m.onnx", "temporary"]


def test_assembler(tmp_path, temporary):
    path = many_kernels(tmp_path / "m.onnx", 2)
    assembler = sleeping_assembler(tmp_path / "ptxas")
    seen, seconds = compile_until("ptx", 2, path, "cuda:sm_90a", ptxas=assembler, output=tmp_path / "m.tenon")
    assert seen[-1] == "ptx" and seconds < SECONDS
    assert_gone(assembler)
    assert not (tmp_path / "m.tenon").exists() and not os.listdir(temporary)


def test_command_line(tmp_path, temporary):
    path = many_kernels(tmp_path / "m.onnx", 2)
    assembler = sleeping_assembler(tmp_path / "ptxas")
    command = ["tenon", "compile", path, "-o", tmp_path / "m.tenon", "--target=cuda:sm_90a", f"--ptxas={assembler}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "ptxas.pids").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 130
    assert "interrupted" in process.stderr.read()
    assert_gone(assembler)
    assert not (tmp_path / "m.tenon").exists() and not os.listdir(temporary)


def test_a_later_compilation_works(tmp_path):
    path = many_kernels(tmp_path / "m.onnx", 2)
    compile_until("infer", 0, long_constant(tmp_path / "long.onnx", 400, 2048))
    assert tenon.compile(path)({"x": np.ones((1, 3, 40, 40), np.float32)})["h1"].shape == (1, 18, 40, 40)
