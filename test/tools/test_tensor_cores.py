# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of a model on tensor-core kernels: which kernels an engine has, and what the assembler says about them. No GPU needed."""

import json
import shutil
import subprocess

import half_models
import numpy as np
import pytest
from onnx import TensorProto, helper, load, numpy_helper, save

PTXAS = shutil.which("ptxas") or "/usr/local/cuda/bin/ptxas"


@pytest.fixture
def model(tmp_path):
    """y = gelu(x @ w1 + b1) @ w2 + b2 + x, as exporters write a feed-forward layer, with a dynamic batch."""
    rng = np.random.default_rng(0)
    weights = {
        "w1": rng.standard_normal((64, 256)),
        "b1": rng.standard_normal(256),
        "w2": rng.standard_normal((256, 64)),
        "b2": rng.standard_normal(64),
    }
    scalars = {"root": 2**0.5, "one": 1.0, "half": 0.5}
    steps = [
        ("MatMul", "x w1", "p"),
        ("Add", "p b1", "h"),
        ("Div", "h root", "d"),
        ("Erf", "d", "e"),
        ("Add", "e one", "o"),
        ("Mul", "h o", "m"),
        ("Mul", "m half", "g"),
        ("MatMul", "g w2", "q"),
        ("Add", "q b2", "r"),
        ("Add", "r x", "y"),
    ]
    nodes = [helper.make_node(kind, inputs.split(), [output]) for kind, inputs, output in steps]
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 64]) for name in "xy"]
    values = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in {**weights, **scalars}.items()]
    graph = helper.make_graph(nodes, "layer", tensors[:1], tensors[1:], values)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def kernels(tenon, engine):
    return json.loads(tenon("inspect", engine, "--json").stdout)["targets"][0]["kernels"]


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_all_products_run_on_them(tenon, model, precision):
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_90a", f"--{precision}")
    assert done.returncode == 0, done.stderr
    found = kernels(tenon, "m.tenon")
    products = [kernel for kernel in found if kernel["name"].startswith("product_")]
    # Few and many rows for each of the two layers; what is left casts the input.
    assert len(products) == 8 and len(found) == 9
    for kernel in products:
        assert kernel["spill_store_bytes"] == kernel["stack_bytes"] == 0
        assert kernel["scratch_bytes"] <= 232448


@pytest.mark.parametrize("flags", [["--fp16"], []], ids=["float32", "float16"])
def test_the_assembler_warns_of_nothing(tenon, model, tmp_path, flags):
    """C75xx: products that wait for each other, registers that were not given up. A model in float16 rounds after each step, the kernels do
    not: ptxas would round sums among the products that still write them."""
    if not flags:
        save(half_models.narrow(load(model)), model)
    assert tenon("compile", model, "--emit=ptx", "-o", "m.ptx", "--target=cuda:sm_90a", *flags).returncode == 0
    text = (tmp_path / "m.ptx").read_text()
    # In each kernel four for a step along K, twice where the first step starts the sums.
    count = text.count(".entry product_")
    assert count == 8 and text.count("wgmma.mma_async") >= 4 * count
    done = subprocess.run(
        [PTXAS, "-arch=sm_90a", "-v", tmp_path / "m.ptx", "-o", tmp_path / "m.cubin"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr and "C75" not in done.stderr


@pytest.fixture
def attention(tmp_path):
    """y = softmax(q @ k) @ v with four heads, batch and length dynamic."""
    nodes = [
        helper.make_node("MatMul", ["q", "k"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["weights"], axis=-1),
        helper.make_node("MatMul", ["weights", "v"], ["y"]),
    ]
    shapes = {"q": ["batch", 4, "length", 64], "k": ["batch", 4, 64, "length"], "v": ["batch", 4, "length", 64], "y": None}
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    graph = helper.make_graph(nodes, "attention", tensors[:3], tensors[3:])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


@pytest.mark.parametrize("shapes", [[], ["--shapes=q:2x4x197x64,k:2x4x64x197,v:2x4x197x64"]], ids=["unknown", "odd"])
def test_lengths_of_attention_may_be_any(tenon, attention, shapes):
    """Rows that the copy engine cannot move have a kernel; where only the run knows, it stands beside others, and beside the copy of long
    operands to rows that fit."""
    done = tenon("compile", attention, "-o", "m.tenon", "--target=cuda:sm_90a", "--fp16", *shapes)
    assert done.returncode == 0, done.stderr
    found = kernels(tenon, "m.tenon")
    products = [kernel for kernel in found if kernel["name"].startswith("product_")]
    # Of rows that fit both products are one class, which shares a kernel.
    assert len(products) == (2 if shapes else 6)
    assert [kernel["name"] for kernel in found if "pad_rows" in kernel["name"]] == ([] if shapes else ["pad_rows"])
    assert shapes or any(len(kernel["nodes"]) == 2 for kernel in products)
    assert not [kernel for kernel in found if kernel not in products and "MatMul" in str(kernel["nodes"])]
    assert not any(kernel["spill_store_bytes"] or kernel["stack_bytes"] for kernel in products)


def test_ragged_operands_of_large_products_are_padded(tenon, tmp_path):
    """By one kernel, whatever the product is."""
    shapes = {"x": [2048, 511], "w": [511, 1023], "v": [1023, 511], "y": [2048, 511]}
    x, w, v, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("MatMul", ["h", "v"], ["y"])]
    graph = helper.make_graph(nodes, "layers", [x, w, v], [y])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    assert tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a", "--fp16").returncode == 0
    found = {kernel["name"]: kernel for kernel in kernels(tenon, "m.tenon")}
    assert [name for name in found if name.startswith("pad_rows")] == ["pad_rows_of_two"]
    padding = found["pad_rows_of_two"]
    assert padding["registers"] <= 64 and padding["spill_store_bytes"] == padding["stack_bytes"] == 0


def test_each_architecture_has_the_program_that_suits_it(tenon, model):
    """One engine: tensor cores for sm_90a, other kernels for the rest, and the weights once."""
    assert tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_80,sm_90a,compute_80", "--fp16").returncode == 0
    engine = json.loads(tenon("inspect", "m.tenon", "--json").stdout)
    products = {
        target["arch"]: [kernel["name"] for kernel in target["kernels"] if kernel["name"].startswith("product_")]
        for target in engine["targets"]
    }
    assert list(products) == ["sm_90a", "sm_80", "compute_80"]
    assert products["sm_90a"] and not products["sm_80"] and not products["compute_80"]
    assert [segment["kind"] for segment in engine["segments"]].count("constants") == 1
    assert len({target["memory"]["constants_bytes"] for target in engine["targets"]}) == 1


ARCHS = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]


@pytest.fixture
def product(tmp_path):
    """A product of given halves."""
    shapes = {"x": [4096, 768], "w": [768, 3072], "y": [4096, 3072]}
    x, w, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT16, shape) for name, shape in shapes.items())
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "product", [x, w], [y])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "p.onnx")
    return tmp_path / "p.onnx"


def test_other_products_have_rings_everywhere(tenon, product):
    """What two blocks of every GPU have room for, in shared memory and, where 128 sums and fragments fit, in registers."""
    assert tenon("compile", product, "-o", "p.tenon", "--target=cuda:" + ",".join(ARCHS)).returncode == 0
    targets = json.loads(tenon("inspect", "p.tenon", "--json").stdout)["targets"]
    assert sorted(target["arch"] for target in targets) == sorted(ARCHS)
    for target in targets:
        (kernel,) = target["kernels"]
        assert (kernel["scratch_bytes"], kernel["scratch_space"], kernel["threads"]) == (3 * 16384, "shared", 256)
        assert kernel["spill_store_bytes"] == kernel["spill_load_bytes"] == kernel["stack_bytes"] == 0
        assert target["arch"] in ("sm_100", "sm_120") or kernel["registers"] <= 128


def test_rings_in_ptx(tenon, product, tmp_path):
    """Four copies of a thread for each slice: two slices ahead of the loop and one in it, each a group."""
    assert tenon("compile", product, "--emit=ptx", "-o", "p.ptx", "--target=cuda:sm_80").returncode == 0
    text = (tmp_path / "p.ptx").read_text()
    counts = {
        "cp.async.cg.shared.global": 12,
        "cp.async.commit_group": 3,
        "cp.async.wait_group \t1": 2,
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16": 8,
        "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16": 4,
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32": 32,
    }
    assert {words: text.count(words) for words in counts} == counts


def test_stages_show_both_programs(tenon, model):
    done = tenon("compile", model, "--emit=linalg", "-o", "-", "--target=cuda", "--fp16")
    hopper, others = done.stdout.split("// -----")
    assert "tile." in hopper and "tile." not in others


def test_float32_stays_float32(tenon, model):
    assert tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_90a").returncode == 0
    assert not [kernel for kernel in kernels(tenon, "m.tenon") if kernel["name"].startswith("product_")]
