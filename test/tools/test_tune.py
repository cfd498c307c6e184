# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon tune without a GPU: the short list, each of whose schedules compiles, and what it says where it cannot measure."""

import json
import os

import pytest
from onnx import TensorProto, helper, parser, save

PRODUCTS = {
    "few rows": ["--product=384x1024x4096"],
    "odd": ["--product=1000x1000x1000", "--layout=nn"],
    "weights [K, N]": ["--product=64x6144x4096", "--layout=nn", "--type=bf16"],
    "large": ["--product=12288x4096x1024"],
    "epilogue": ["--product=96x256x512", "--epilogue=bias+gelu_tanh+residual", "--output-type=fp32"],
    "batch": ["--product=128x64x128", "--batch=24"],
    "transposed": ["--product=256x256x256", "--layout=tn"],
    "ragged columns": ["--product=300x131x64", "--layout=nt"],
    "tf32": ["--product=512x1024x768", "--type=tf32", "--epilogue=bias+gelu"],
    "tf32, ragged sums": ["--product=3000x640x77", "--type=tf32"],
    "ragged sums": ["--product=3000x640x77", "--layout=nn"],
}


KINDS = {"f16": (TensorProto.FLOAT16, "fp16"), "bf16": (TensorProto.BFLOAT16, "bf16"), "f32": (TensorProto.FLOAT, "tf32")}


def listed(tenon, *flags):
    done = tenon("tune", "--list", "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def product_model(path, entry):
    """The product of an entry with open epilogue, as a model that the entry serves."""
    product = entry["product"]
    m, n, k, batch = (product.get(name) for name in ("m", "n", "k", "batch"))
    kind, precision = KINDS[product["element"]]
    lead = [batch] if batch else []
    a = [k, m] if product["layout"][0] == "t" else [*lead, m, k]
    b = [*lead, k, n] if product["layout"][1] == "n" else [n, k]
    transposes = {"transA": int(product["layout"][0] == "t"), "transB": int(product["layout"][1] == "t")}
    nodes = [helper.make_node("MatMul", ["a", "b"], ["p"]) if batch else helper.make_node("Gemm", ["a", "b"], ["p"], **transposes)]
    inputs = [helper.make_tensor_value_info("a", kind, a), helper.make_tensor_value_info("b", kind, b)]
    value = "p"
    if product.get("operands") or product["output"] == "f32":
        nodes.append(helper.make_node("Cast", ["p"], ["w"], to=TensorProto.FLOAT))
        value = "w"
    for index, operand in enumerate(product.get("operands", [])):
        inputs.append(helper.make_tensor_value_info(f"x{index}", TensorProto.FLOAT, [n] if operand == "row f32" else [m, n]))
        nodes.append(helper.make_node("Add", [value, f"x{index}"], [f"s{index}"]))
        value = f"s{index}"
    result = helper.make_tensor_value_info(value, TensorProto.FLOAT if product["output"] == "f32" else kind, [*lead, m, n])
    graph = helper.make_graph(nodes, "product", inputs, [result])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return precision


@pytest.mark.parametrize("name", PRODUCTS)
def test_each_candidate_compiles_and_is_the_one_that_was_asked_for(tenon, tmp_path, name):
    ((result),) = listed(tenon, *PRODUCTS[name])
    names = [candidate["schedule"] for candidate in result["candidates"]]
    assert 5 <= len(names) <= 50 and len(set(names)) == len(names)
    for candidate in result["candidates"]:
        precision = product_model(tmp_path / "m.onnx", json.loads(candidate["entry"]))
        (tmp_path / "t.jsonl").write_text('{"format":"tenon-tuned","version":1}\n' + candidate["entry"] + "\n")
        flags = ["--target=cuda:sm_90a", f"--{precision}", "--tuned=t.jsonl"]
        done = tenon("compile", "m.onnx", "--emit=linalg", "-o", "m.mlir", "--json", *flags)
        assert done.returncode == 0, (candidate["schedule"], done.stderr)
        remarks = [row["message"] for row in json.loads(done.stdout)["report"]["fusions"] if row["name"] == "TensorCores"]
        assert len(remarks) == 1 and candidate["schedule"] in remarks[0] and "t.jsonl:2" in remarks[0]
        assert result["product"] in remarks[0]


def test_the_list_is_the_same_each_time(tenon):
    assert listed(tenon, *PRODUCTS["few rows"]) == listed(tenon, *PRODUCTS["few rows"])


def test_the_list_begins_with_the_choice_of_the_model(tenon):
    text = tenon("tune", "--list", "--product=384x1024x4096").stdout
    lines = text.splitlines()
    assert lines[0] == "f16 384x1024x4096 nt"
    assert lines[2].split() == ["-", "-", "small_128x64_s8_k2", "the", "cost", "model's", "choice"]
    assert "64x64_c1_s12_g16" in text


def test_without_a_gpu(tenon):
    done = tenon("tune", "--product=64x64x64", "--json", env={"PATH": ""})
    assert done.returncode == 3
    assert json.loads(done.stderr)["code"] == "unsupported"


@pytest.fixture
def fake(build, tmp_path):
    """The fake driver, which takes no real code, and a place of our own for temporary files."""
    (tmp_path / "temporary").mkdir()
    return {**os.environ, "LD_LIBRARY_PATH": str(build / "test/fake"), "TMPDIR": str(tmp_path / "temporary")}


def test_a_driver_that_refuses_the_code_ends_it(tenon, fake, tmp_path):
    """All the way to the device: data, reference, model, a table with the candidate, its engine. Nothing is written, nothing stays."""
    done = tenon("tune", "--product=64x64x64", "--epilogue=bias", "--table=t.jsonl", env=fake)
    assert done.returncode == 1
    assert "error[invalid-engine]: small_64x64_s7_k1: the driver refuses a segment of code" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"] and not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    "flags", [["--layout=nn", "--type=bf16"], ["--batch=3"], ["--layout=tt", "--output-type=fp32"], ["--epilogue=silu"]]
)
def test_the_model_that_is_measured_is_the_product(tenon, fake, flags):
    """The table is asked for it: only the driver says no."""
    done = tenon("tune", "--product=64x64x64", *flags, env=fake)
    assert "the driver refuses a segment of code" in done.stderr


def test_a_product_that_the_compiler_takes_for_another(tenon, fake):
    done = tenon("tune", "--product=333x65x301", "--batch=1", env=fake)
    assert done.returncode == 1
    assert "error[compile-failed]: f16 1x(333x65x301) nn: the compiler makes another product of it: " in done.stderr


def test_a_product_that_the_generic_schedule_takes(tenon):
    done = tenon("tune", "--product=33x65x129", "--list")
    assert done.returncode == 3
    assert (
        "error[unsupported]: f16 33x65x129 nt: operands that the copy engine does not take as they lie, and too little to compute"
        in done.stderr
    )


def test_operands_of_16_bits_stay_what_they_are(tenon, fake, tmp_path):
    graph = "m (float16[48,64] x, float16[64,64] w, float16[64] b, float16[48,64] r) => (float16[48,64] y) { p = MatMul(x, w) s = Add(p, b) y = Add(s, r) }"
    save(parser.parse_model(f'<ir_version: 9, opset_import: ["" : 17]> {graph}'), tmp_path / "m.onnx")
    assert [result["product"] for result in listed(tenon, "m.onnx")] == ["f16 48x64x64 nn + row f16 + matrix f16"]
    assert "the driver refuses a segment of code" in tenon("tune", "m.onnx", env=fake).stderr


def test_without_an_assembler(tenon, fake, tmp_path):
    done = tenon("tune", "--product=64x64x64", env={**fake, "PATH": str(tmp_path), "CUDA_HOME": str(tmp_path)})
    assert done.returncode == 3 and "error[missing]: ptxas is not on this machine" in done.stderr


def test_a_table_that_is_none_is_told_before_the_device(tenon, tmp_path):
    (tmp_path / "t.jsonl").write_text("nothing\n")
    done = tenon("tune", "--product=64x64x64", "--table=t.jsonl")
    assert done.returncode == 1 and "error[invalid-table]: t.jsonl:1: expected a table of tuned schedules" in done.stderr
    assert (tmp_path / "t.jsonl").read_text() == "nothing\n"


WRONG = {
    "nothing": ([], "expected a model or --product=MxNxK"),
    "both": (["m.onnx", "--product=1x1x1"], "expected a model or --product=MxNxK"),
    "two sizes": (["--product=1x2"], "--product expects MxNxK, for example 384x1024x4096, got '1x2'"),
    "zero": (["--product=0x2x3"], "--product expects MxNxK, for example 384x1024x4096, got '0x2x3'"),
    "past 32 bits": (["--product=2147483648x2x3"], "--product expects MxNxK"),
    "step": (["--product=1x2x3", "--epilogue=bias+swish"], "--epilogue expects steps among bias, residual, relu, gelu, gelu_tanh, silu"),
    "layout": (["--product=1x2x3", "--layout=kn"], "--layout expects one of nt, nn, tn, tt, got 'kn'"),
    "batch": (["--product=1x2x3", "--batch=2", "--layout=nt"], "--batch expects --layout=nn, which ONNX's MatMul computes, got 'nt'"),
    "type": (["--product=1x2x3", "--type=fp8"], "--type expects one of fp16, bf16, tf32, got 'fp8'"),
    "tf32": (["--product=1x2x3", "--type=tf32", "--layout=nn"], "--type=tf32 expects --layout=nt, in which tensor cores read it, got 'nn'"),
    "output": (["--product=1x2x3", "--output-type=bf16"], "--output-type expects one of fp16, fp32, got 'bf16'"),
    "misspelt": (["--prodct=1x2x3"], "did you mean '--product'?"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage(tenon, name):
    flags, message = WRONG[name]
    done = tenon("tune", "--list", *flags)
    assert done.returncode == 2 and message in done.stderr


@pytest.fixture
def model(tmp_path):
    """Two layers over rows whose number is open."""
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 64]) for name in "xy"]
    weights = [helper.make_tensor(name, TensorProto.FLOAT, [64, 64], [0.5] * 4096) for name in ("w", "v")]
    bias = helper.make_tensor("b", TensorProto.FLOAT, [64], [1.0] * 64)
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["p"]),
        helper.make_node("Add", ["p", "b"], ["s"]),
        helper.make_node("Relu", ["s"], ["r"]),
        helper.make_node("MatMul", ["r", "v"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "layers", tensors[:1], tensors[1:], [*weights, bias])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def test_the_products_of_a_model(tenon, model):
    results = listed(tenon, model, "--shapes=x:48x64")
    assert [result["product"] for result in results] == ["f16 48x64x64 nn + row f32", "f16 48x64x64 nn -> f32"]


def test_a_model_of_open_sizes(tenon, model):
    done = tenon("tune", model, "--list")
    assert done.returncode == 1
    assert "note: not tuned: f16 ?x64x64 nn + row f32 (sizes that are not known, several results, integers or single values)" in done.stderr
    assert "has no product of known sizes on tensor cores; --shapes fixes dims" in done.stderr
