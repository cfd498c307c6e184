# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon compile --target=cuda and what inspect says about it, on machines without a GPU."""

import json
import os
import stat

import pytest
from onnx import TensorProto, helper, parser, save

STAGES = ["infer", "fused", "linalg", "kernels", "nvvm", "ptx", "plan"]


@pytest.fixture
def model(tmp_path):
    """y = softmax(relu(x)) over rows of 64, with a dynamic batch."""
    nodes = [
        helper.make_node("Relu", ["x"], ["h"], name="activation"),
        helper.make_node("Softmax", ["h"], ["y"], name="softmax"),
    ]
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 64]) for name in "xy"]
    graph = helper.make_graph(nodes, "small", tensors[:1], tensors[1:])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def program(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def without_ptxas(tmp_path):
    """An environment in which no ptxas is found."""
    return {**os.environ, "PATH": str(tmp_path), "CUDA_HOME": str(tmp_path)}


def targets(tenon, engine):
    return json.loads(tenon("inspect", engine, "--json").stdout)["targets"]


def test_default_targets(tenon, model):
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda")
    assert done.returncode == 0, done.stderr
    assert ", ptxas " in done.stdout
    binary, ptx = targets(tenon, "m.tenon")
    assert (binary["device"], binary["arch"], ptx["arch"]) == ("cuda", "sm_90a", "compute_80")
    for kernel in binary["kernels"]:
        assert kernel["threads"] % 32 == 0 and 0 < kernel["registers"] <= 255 and kernel["spill_store_bytes"] == 0
        assert kernel["scratch_space"] in ("shared", "any")
    assert [kernel["name"] for kernel in binary["kernels"]] == [kernel["name"] for kernel in ptx["kernels"]]
    assert "registers" not in ptx["kernels"][0]
    text = tenon("inspect", "m.tenon").stdout
    assert "target cuda sm_90a" in text and "launches  threads  registers  scratch  spills  name: nodes" in text


def test_best_target_comes_first(tenon, model):
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:compute_80,sm_80,sm_120,sm_90a,sm_80", "--json")
    assert done.returncode == 0, done.stderr
    assert [target["arch"] for target in targets(tenon, "m.tenon")] == ["sm_120", "sm_90a", "sm_80", "compute_80"]
    report = json.loads(done.stdout)["report"]
    assert [row["stage"] for row in report["stages"]] == [*STAGES[:6], "ptxas", "plan", "engine"]
    assert [row["arch"] for row in report["assembly"]] == ["sm_120", "sm_90a", "sm_80"]


@pytest.mark.parametrize("element", ["float", "float16"])
def test_two_blocks_of_a_product_fit_a_multiprocessor(tenon, tmp_path, element):
    """128 x 128 sums of 256 threads: what the loop over slices does not need is not kept in registers."""
    text = f'<ir_version: 9, opset_import: ["" : 17]> m ({element}[2048,512] a, {element}[512,2048] b) => ({element}[2048,2048] y) {{ y = MatMul(a, b) }}'
    save(parser.parse_model(text), tmp_path / "product.onnx")
    assert tenon("compile", "product.onnx", "-o", "m.tenon", "--target=cuda:sm_90").returncode == 0
    ((kernel,),) = (target["kernels"] for target in targets(tenon, "m.tenon"))
    assert (kernel["threads"], kernel["spill_store_bytes"]) == (256, 0) and kernel["registers"] <= 128


def test_same_bytes(tenon, model, tmp_path):
    for name, threads in (("a", 1), ("b", 2), ("c", 7)):
        assert tenon("compile", model, "-o", name, "--target=cuda", f"--compile-threads={threads}").returncode == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


@pytest.mark.parametrize("stage", STAGES)
def test_emit(tenon, model, stage):
    done = tenon("compile", model, f"--emit={stage}", "--target=cuda")
    assert done.returncode == 0, done.stderr
    assert {"nvvm": "nvvm.kernel", "ptx": ".visible .entry kernel_0("}.get(stage, "") in done.stdout
    assert len(done.stdout) > 100


def test_dump_stages(tenon, model, tmp_path):
    done = tenon("compile", model, "--target=cuda", "--dump-stages=stages")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "stages").iterdir()) == [
        f"0{number}-{stage}.{'ptx' if stage == 'ptx' else 'mlir'}" for number, stage in enumerate(STAGES, 1)
    ]


def test_without_assembler(tenon, model, tmp_path):
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_90a,sm_86,compute_80", env=without_ptxas(tmp_path))
    assert done.returncode == 0
    assert (
        "warning[missing]: ptxas is not on this machine: the engine has PTX only (compute_90, compute_86, compute_80), which the driver "
        "compiles when the engine is opened; `tenon doctor` says how to get it" in done.stderr
    )
    assert [target["arch"] for target in targets(tenon, "m.tenon")] == ["compute_90", "compute_86", "compute_80"]
    doctor = tenon("doctor", "--json", env=without_ptxas(tmp_path))
    assert {"name": "ptxas", "value": "not found", "ok": False}.items() <= json.loads(doctor.stdout)["findings"][5].items()


def test_ptx_needs_no_assembler(tenon, model, tmp_path):
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:compute_80", env=without_ptxas(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_assembler_that_fails(tenon, model, tmp_path):
    broken = program(tmp_path, "broken", "echo 'ptxas fatal   : out of ideas' >&2; exit 255")
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda", f"--ptxas={broken}")
    assert done.returncode == 1
    assert "ptxas failed for sm_90a: out of ideas" in done.stderr
    idle = program(tmp_path, "idle", "exit 0")
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda", f"--ptxas={idle}")
    assert done.returncode == 1
    assert "ptxas wrote no machine code for sm_90a" in done.stderr
    assert not (tmp_path / "m.tenon").exists()


def test_spills_are_assembled_again(tenon, tmp_path):
    """An assembler that spills until it is told that one block on a multiprocessor is enough; the kernel, which branches, asks for two."""
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [size]) for name, size in (("x", 7), ("y", 11))]
    pads = helper.make_tensor("pads", TensorProto.INT64, [2], [1, 3])
    graph = helper.make_graph([helper.make_node("Pad", ["x", "pads"], ["y"])], "pad", tensors[:1], tensors[1:], [pads])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    assert ".minnctapersm 2" in tenon("compile", "m.onnx", "--emit=ptx", "--target=cuda:sm_90a").stdout
    lines = [
        "case $(grep -c 'minnctapersm 1' $4) in 0) spills=8;; *) spills=0;; esac",
        "echo \"ptxas info    : Compiling entry function 'kernel_0' for 'sm_90a'\" >&2",
        'echo "    8 bytes stack frame, $spills bytes spill stores, $spills bytes spill loads" >&2',
        'echo "ptxas info    : Used 40 registers, used 1 barriers, 24 bytes smem" >&2',
        "cp $4 $6",
    ]
    assembler = program(tmp_path, "spilling", "\n".join(lines))
    done = tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a", f"--ptxas={assembler}")
    assert done.returncode == 0, done.stderr
    kernel = targets(tenon, "m.tenon")[0]["kernels"][0]
    assert (kernel["spill_store_bytes"], kernel["registers"], kernel["shared_bytes"], kernel["stack_bytes"]) == (0, 40, 24, 8)
    engine = (tmp_path / "m.tenon").read_bytes()
    assert b", 1, 1\n.minnctapersm 1\n" in engine and engine.count(b".minnctapersm") == 1


def test_no_kernels(tenon, tmp_path):
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "nothing", tensors[:1], tensors[1:])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    assert tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda").returncode == 0
    assert [target["kernels"] for target in targets(tenon, "m.tenon")] == [[], []]
