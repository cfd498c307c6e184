# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What takes longer than a second shows its phase and how far it is: one line that is rewritten on a terminal, lines elsewhere."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import TensorProto, helper

NODES = 150_000
LINE = re.compile(rb"\r\x1b\[K( *\d+%|   -) ([\w -]+) \((\d+) s\)")


class Terminal:
    """A program of the build whose standard error is a pseudo-terminal."""

    def __init__(self, command, folder):
        self.leader, follower = pty.openpty()
        self.text = b""
        self.process = subprocess.Popen(list(map(str, command)), cwd=folder, stdout=subprocess.DEVNULL, stderr=follower)
        os.close(follower)

    def read_until(self, found, seconds=240):
        """Reads until found(text) or the program's end; the text."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not found(self.text):
            if not select.select([self.leader], [], [], 0.2)[0]:
                continue
            try:
                self.text += os.read(self.leader, 4096)
            except OSError:  # the program has ended
                break
        return self.text

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.read_until(lambda text: False)
        self.process.wait(timeout=60)
        os.close(self.leader)


@pytest.fixture
def terminal(build, tmp_path):
    opened = []

    def start(*arguments):
        opened.append(Terminal([build / "bin/tenon", *arguments], tmp_path))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def long_chain(tmp_path):
    """150,000 nodes: seconds of checking on any machine, of which a test sees the first."""
    nodes = [helper.make_node(("Sin", "Sqrt")[i % 2], [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(NODES)]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", f"v{NODES}")]
    graph = helper.make_graph(nodes, "chain", values[:1], values[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "chain.onnx")
    return "chain.onnx"


@pytest.fixture
def long_loop(tmp_path):
    """Two billion rounds: runs until it is interrupted."""
    text = """<ir_version: 8, opset_import: ["" : 17]>
    loop (float[4] x) => (float[4] y) <int64 n = {2000000000}> {
      y = Loop(n, , x) <body = b (int64 i, bool go, float[4] v) => (bool next, float[4] w) { next = Identity(go) w = Sin(v) }>
    }"""
    onnx.save(onnx.parser.parse_model(text), tmp_path / "loop.onnx")
    return "loop.onnx"


@pytest.mark.parametrize("command", [("check",), ("compile", "-o", "chain.tenon")], ids=lambda command: command[0])
def test_percents_on_a_terminal(terminal, long_chain, command):
    found = LINE.findall(terminal(command[0], long_chain, *command[1:]).read_until(lambda text: len(LINE.findall(text)) > 1))
    assert len(found) > 1
    assert all(percent.endswith(b"%") and int(seconds) >= 1 for percent, _, seconds in found)
    assert {phase for _, phase, _ in found} <= {b"infer", b"fused", b"linalg", b"kernels", b"llvm", b"asm", b"plan", b"engine"}


def test_a_long_run_on_a_terminal(terminal, long_loop):
    shown = terminal("run", long_loop)
    assert b"   - running (" in shown.read_until(lambda text: b"   - running (" in text)
    shown.process.send_signal(signal.SIGINT)
    text = shown.read_until(lambda text: False)
    # The line is taken away before anything else is said.
    assert re.search(rb"\r\x1b\[K(\r\n)?error\[cancelled\]", text)


def save_products(path, count, size):
    """A chain of products, a launch each."""
    nodes = [helper.make_node("MatMul", [f"v{i}" if i else "x", "w"], [f"v{i + 1}"]) for i in range(count)]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [size, size]) for name in ("x", "w", f"v{count}")]
    graph = helper.make_graph(nodes, "products", values[:2], values[2:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


# Seconds on any machine: 300 launches of 17 GFLOP, or 2000 runs of 2 GFLOP; profiling comes when a second has passed. Without a duration
# the number of runs decides.
LONG = {
    "running": ("run", 300, 2048, []),
    "running to compare": ("compare", 300, 2048, []),
    "measuring": ("bench", 1, 1024, ["--warmUp=0", "--duration=0", "--iterations=2000"]),
    "profiling": ("bench", 1, 512, ["--warmUp=0", "--duration=1", "--iterations=2000", "--dumpProfile"]),
}


@pytest.mark.parametrize("name", LONG)
def test_percents_of_runs(terminal, tmp_path, name):
    command, count, size, flags = LONG[name]
    phase = name.split()[0].encode()
    save_products(tmp_path / "products.onnx", count, size)

    def percents(text):
        return [int(percent[:-1]) for percent, shown, _ in LINE.findall(text) if shown == phase]

    shown = percents(terminal(command, "products.onnx", *flags).read_until(lambda text: len(set(percents(text))) > 2))
    assert len(set(shown)) > 2
    assert shown == sorted(shown) and shown[-1] < 100


def test_onnxruntime_on_a_terminal(terminal, add_model):
    script = add_model.parent / "slow-python"
    script.write_text("#!/bin/sh\nsleep 3\nexit 3\n")
    script.chmod(0o755)
    shown = terminal("compare", add_model.name, f"--python={script}")
    text = shown.read_until(lambda text: False)
    assert b"   - onnxruntime (" in text
    assert b"error[missing]" in text


def test_phases_of_compare(tenon, add_engine, tmp_path):
    for name in "abc":
        np.save(tmp_path / f"{name}.npy", np.zeros(5, np.int32))
    script = tmp_path / "slow-python"
    script.write_text('#!/bin/sh\nsleep 2\ncp c.npy "$4/output_0.npy"\n')
    script.chmod(0o755)
    (tmp_path / "m.onnx").write_bytes(b"")
    flags = [f"--engine={add_engine}", "--inputs=.", f"--python={script}", "--progress=plain"]
    done = tenon("compare", "m.onnx", *flags)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["[   -] onnxruntime", "[  0%] comparing"]


@pytest.fixture
def add_model(tmp_path):
    model = onnx.parser.parse_model('<ir_version: 8, opset_import: ["" : 17]> add (float[4] x) => (float[4] y) { y = Add(x, x) }')
    onnx.save(model, tmp_path / "add.onnx")
    return tmp_path / "add.onnx"


def test_lines_without_a_terminal(tenon, long_chain):
    done = tenon("check", long_chain)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines
    assert all(re.fullmatch(r"\[ *\d+%\] [\w -]+", line) for line in lines), lines
    assert len(lines) == len(set(lines))
    rows = [json.loads(line) for line in tenon("check", long_chain, "--json").stderr.splitlines()]
    assert rows and all(0 <= row["progress"] <= 100 and row["phase"] for row in rows)


def test_nothing_for_what_is_short_or_quiet(tenon, terminal, add_model, long_chain):
    np.save(add_model.parent / "x.npy", np.zeros(4, np.float32))
    assert tenon("check", add_model).stderr == ""
    assert tenon("check", long_chain, "--progress=none").stderr == ""
