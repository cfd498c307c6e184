# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon compile, check and compare on small models: files, stages, diagnostics."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import TensorProto, helper

STAGES = ["infer", "fused", "linalg", "kernels", "llvm", "asm", "plan"]


def save(path, nodes, inputs, outputs, initializers=()):
    def values(tensors):
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in tensors.items()]

    graph = helper.make_graph(nodes, "small", values(inputs), values(outputs), list(initializers))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture
def model(tmp_path):
    """y = relu(x @ w + b) with a dynamic batch."""
    rng = np.random.default_rng(0)
    weights = [
        onnx.numpy_helper.from_array(rng.standard_normal((16, 24), np.float32), "w"),
        onnx.numpy_helper.from_array(rng.standard_normal(24).astype(np.float32), "b"),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], name="product"),
        helper.make_node("Add", ["h", "b"], ["s"], name="bias"),
        helper.make_node("Relu", ["s"], ["y"], name="activation"),
    ]
    save(tmp_path / "m.onnx", nodes, {"x": ["batch", 16]}, {"y": ["batch", 24]}, weights)
    return tmp_path / "m.onnx"


@pytest.fixture
def unsupported(tmp_path):
    """Two nodes that no version of ONNX has."""
    nodes = [
        helper.make_node("Frobnicate", ["x"], ["h"], name="first"),
        helper.make_node("Wibble", ["h"], ["y"], name="second", domain="com.example"),
    ]
    save(tmp_path / "u.onnx", nodes, {"x": [2]}, {"y": [2]})
    return tmp_path / "u.onnx"


def test_compile_writes_an_engine(tenon, model, tmp_path):
    done = tenon("compile", model, "-o", "m.tenon")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("wrote m.tenon (")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.onnx", "m.tenon"]
    text = tenon("inspect", "m.tenon").stdout
    assert "x: f32[batch, 16]" in text
    assert "fusions and views" in text and "activation: [Passed] Fused" in text
    assert "y: f32[3x24]" in tenon("run", "m.tenon", "--shapes=x:3x16").stdout


def test_compile_json(tenon, model, tmp_path):
    done = tenon("compile", model, "-o", "m.tenon", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["bytes"] == (tmp_path / "m.tenon").stat().st_size
    assert result["report"]["stages"]


def test_same_bytes(tenon, model, tmp_path):
    for name, threads in (("a", 1), ("b", 2), ("c", 2)):
        assert tenon("compile", model, "-o", name, f"--compile-threads={threads}").returncode == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


@pytest.mark.parametrize("stage", STAGES)
def test_emit(tenon, model, stage):
    done = tenon("compile", model, f"--emit={stage}")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 100


def test_emit_to_a_file(tenon, model, tmp_path):
    assert tenon("compile", model, "--emit=infer", "-o", "m.mlir").returncode == 0
    assert "infer.relu" in (tmp_path / "m.mlir").read_text()


def test_dump_stages(tenon, model, tmp_path):
    done = tenon("compile", model, "-o", "m.tenon", "--dump-stages=stages")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name.split("-", 1)[1].split(".")[0] for path in (tmp_path / "stages").iterdir())
    assert names == sorted(STAGES)


def test_dump_stages_alone(tenon, model, tmp_path):
    done = tenon("compile", model, "--dump-stages=stages")
    assert done.stdout == "wrote the IR of every stage to stages\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.onnx", "stages"]


def test_fixed_shapes(tenon, model):
    assert tenon("compile", model, "-o", "m.tenon", "--shapes=x:5x16").returncode == 0
    assert "x: f32[5, 16]" in tenon("inspect", "m.tenon").stdout
    done = tenon("run", "m.tenon", "--shapes=x:6x16")
    assert done.returncode == 1
    assert "error[wrong-shape]" in done.stderr


def test_failure_leaves_no_file(tenon, unsupported, tmp_path):
    done = tenon("compile", unsupported, "-o", "u.tenon")
    assert done.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["u.onnx"]


def test_output_in_a_missing_folder(tenon, model):
    done = tenon("compile", model, "-o", "no/folder/m.tenon")
    assert done.returncode == 1
    assert "error[io-error]: " in done.stderr
    assert "no/folder/m.tenon" in done.stderr


@pytest.fixture
def full_disk(tmp_path):
    """A folder on a disk of 8 KiB."""
    folder = tmp_path / "full"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", folder], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk(tenon, model, full_disk, tmp_path):
    for flags in (["-o", "full/m.tenon"], ["--emit=asm", "-o", "full/m.s"], ["--dump-stages=full", "-o", "m.tenon"]):
        done = tenon("compile", model, *flags)
        assert done.returncode == 1
        assert "error[io-error]: cannot write 'full/" in done.stderr
        assert "No space left on device" in done.stderr
        assert not [path for path in full_disk.iterdir() if path.suffix in (".tenon", ".s", ".tmp")]
        assert not (tmp_path / "m.tenon").exists()
    done = tenon("run", model, "--shapes=x:999x16", "--save-outputs=full")
    assert done.returncode == 1
    assert "error[io-error]: cannot write 'full/y.npy': No space left on device" in done.stderr


def test_output_that_is_no_file_is_written_in_place(tenon, model, tmp_path):
    (tmp_path / "null").symlink_to("/dev/null")
    for flags in (["-o", "/dev/null"], ["-o", "null"], ["--emit=infer", "-o", "/dev/null"]):
        assert tenon("compile", model, *flags).returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("command", [("check",), ("compile", "-o", "u.tenon")], ids=["check", "compile"])
def test_unsupported_nodes_are_all_listed(tenon, unsupported, command):
    done = tenon(command[0], unsupported, *command[1:])
    assert done.returncode == 1
    assert "error[unsupported-node]: node 'first' (Frobnicate" in done.stderr
    assert "node 'second' (com.example.Wibble" in done.stderr


def test_check_json(tenon, unsupported, model):
    done = tenon("check", unsupported, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["supported"] is False
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(row["node"], row["op"], row["domain"]) for row in rows] == [("first", "Frobnicate", ""), ("second", "Wibble", "com.example")]
    assert all(row["code"] == "unsupported-node" for row in rows)
    done = tenon("check", model, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["errors"] == 0


def test_bench_keeps_the_engine(tenon, model, tmp_path):
    for flags in (["-o", "a.tenon"], ["--saveEngine=b.tenon", "--optShapes=x:3x16"]):
        done = tenon("bench", f"--onnx={model}", "--duration=0", "--iterations=1", "--warmUp=0", "--dumpOutput", *flags)
        assert done.returncode == 0, done.stderr
    assert "y: f32[3x24]" in done.stdout
    assert "y: f32[5x24]" in tenon("run", "b.tenon", "--shapes=x:5x16").stdout  # its dims stayed open
    assert (tmp_path / "a.tenon").exists()


def test_check_finds_what_is_refused_after_the_import(tenon, tmp_path):
    text = """<ir_version: 8, opset_import: ["" : 17]>
    grows (int64 n, float[N] x) => (float[M] y, float[T, M] all) {
      [doubling] y, all = Loop(n, , x) <body = b (int64 i, bool go, float[P] v) => (bool next, float[Q] w, float[Q] s) {
        next = Identity(go)
        w = Concat<axis = 0>(v, v)
        s = Identity(w)
      }>
    }"""
    onnx.save(onnx.parser.parse_model(text), tmp_path / "grows.onnx")
    for command in (["check", "grows.onnx"], ["compile", "grows.onnx", "-o", "grows.tenon"]):
        done = tenon(*command)
        assert done.returncode == 1
        assert "error[compile-failed]: node 'doubling': expected dimension 0 of a value that a loop stacks to be known" in done.stderr
    assert "grows.onnx: 1 problem\n" in tenon("check", "grows.onnx").stdout
    assert not (tmp_path / "grows.tenon").exists()


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08"], ids=["empty", "text", "no graph"])
def test_no_model(tenon, tmp_path, content):
    (tmp_path / "x.onnx").write_bytes(content)
    for command in (("check", "x.onnx"), ("compile", "x.onnx", "-o", "x.tenon"), ("run", "x.onnx")):
        done = tenon(*command)
        assert done.returncode == 1
        assert "error[invalid-model]: " in done.stderr


def test_the_model_is_not_overwritten(tenon, model):
    before = model.read_bytes()
    done = tenon("compile", model, "-o", "m.onnx")
    assert done.returncode == 2
    assert "error[usage]: expected -o to name another file than the model, got 'm.onnx'" in done.stderr
    assert model.read_bytes() == before


def test_missing_model(tenon):
    done = tenon("compile", "none.onnx", "-o", "x.tenon")
    assert done.returncode == 1
    assert "none.onnx" in done.stderr


@pytest.mark.parametrize("case", [["--shapes=x:7x16"], ["--shapes=x:1x16", "--seed=3"], ["--cpu=x86-64-v3"]], ids=" ".join)
def test_compare_with_onnxruntime(tenon, model, case):
    done = tenon("compare", model, f"--python={sys.executable}", *case)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pass y: max absolute error ")


def test_interrupt_ends_a_run(build, tmp_path):
    """A loop without end: Ctrl-C reaches kernels, not only compilations."""
    condition = helper.make_tensor_value_info("more", TensorProto.BOOL, [])
    step = [helper.make_node("Identity", ["more"], ["again"]), helper.make_node("Neg", ["a"], ["b"])]
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        condition,
        helper.make_tensor_value_info("a", TensorProto.FLOAT, [3]),
    ]
    again = helper.make_tensor_value_info("again", TensorProto.BOOL, [])
    body = helper.make_graph(step, "body", inputs, [again, helper.make_tensor_value_info("b", TensorProto.FLOAT, [3])])
    loop = helper.make_node("Loop", ["", "t", "x"], ["y"], body=body)
    save(tmp_path / "loop.onnx", [loop], {"x": [3]}, {"y": [3]}, [onnx.numpy_helper.from_array(np.array(True), "t")])
    command = [build / "bin/tenon", "run", tmp_path / "loop.onnx"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        time.sleep(3)  # compiling takes a tenth of a second
        run.send_signal(signal.SIGINT)
        try:
            _, errors = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == 130
    assert "error[cancelled]: " in errors


def test_every_code_of_the_compiler_is_documented(root):
    """Codes in the driver's source are codes of the table."""
    import re

    table = (root / "lib/Tools/ErrorTable.cpp").read_text()
    known = set(re.findall(r'\{"([a-z-]+)",', table))
    source = "".join(path.read_text() for path in (root / "lib/Compiler").glob("*.cpp"))
    used = set(re.findall(r'\berror\("([a-z-]+)"', source)) | set(re.findall(r'code = (?:[^;]*\? )?"([a-z-]+)"', source))
    used |= set(re.findall(r'code = [^;]*: "([a-z-]+)"', source))
    assert used, "the pattern above finds the codes"
    assert used <= known, f"not in lib/Tools/ErrorTable.cpp: {sorted(used - known)}"
