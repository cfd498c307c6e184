# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Large products with what models compute after them: the tile that is chosen leaves registers for it (lib/Schedule/Tile/EpilogueRegisters)."""

import itertools
import json
import shutil

import half_models
import pytest
import share
from onnx import parser, save

pytestmark = pytest.mark.skipif(shutil.which("ptxas") is None, reason="no assembler")

# What y is of the product p: b and c are rows, r is a matrix. `gelu in parts` is how PyTorch's first exporter writes it.
EPILOGUES = {
    "bias": "y = Add(p, b)",
    "gelu": "s = Add(p, b) y = Gelu(s)",
    "gelu in parts": "s = Add(p, b) d = Div(s, root) e = Erf(d) o = Add(e, one) g = Mul(s, o) y = Mul(g, half)",
    "tanh gelu": 's = Add(p, b) y = Gelu<approximate = "tanh">(s)',
    "silu": "s = Add(p, b) t = Sigmoid(s) y = Mul(s, t)",
    "residual": "s = Add(p, b) y = Add(s, r)",
    "gelu and residual": "s = Add(p, b) u = Gelu(s) y = Add(u, r)",
    "gate": "s = Add(p, b) t = Sigmoid(r) y = Mul(s, t)",
    "two uses of a matrix": "s = Add(p, b) u = Add(s, r) y = Mul(u, r)",
    "two rows": "s = Mul(p, c) t = Add(s, b) y = Relu(t)",
    "mish": "s = Add(p, b) y = Mish(s)",
    "tanh": "s = Add(p, b) y = Tanh(s)",
    "pow": "s = Add(p, b) y = Pow(s, two)",
    "elu": "s = Add(p, b) y = Elu(s)",
}
# The last ones have rows that straddle lines of memory, which the cost model answers with clusters, and with tiles of 64x144 where B is
# stored [N, K].
SHAPES = [("rows", 3072, 768), (6304, 3072, 768), (12288, 4096, 1024), (8192, 2304, 768), (6304, 3064, 760), (1000, 1000, 1000)]
STORED_NK = SHAPES[-1:]
# What reads y: nobody, so that it is a result in f32; another product; one beside a second result.
READERS = {"a result": ("y", ""), "a product": ("z", "z = MatMul(y, v)"), "a product, p kept": ("z p", "z = MatMul(y, v)")}
# What is narrowed in a model of float32, or the type of the model, whose bias and residual are then of it, too.
FLAGS = {"fp16": ["--fp16"], "bf16": ["--bf16"], "tf32": ["--tf32"], "float16": []}
CASES = list(itertools.product(FLAGS, EPILOGUES, SHAPES, READERS))


def build_model(epilogue, sizes, reader):
    m, n, k = sizes
    results, then = READERS[reader]
    shapes = {
        "a": (m, k),
        "w": (n, k) if sizes in STORED_NK else (k, n),
        "b": (n,),
        "c": (n,),
        "r": (m, n),
        "v": (n, 64),
        "y": (m, n),
        "p": (m, n),
        "z": (m, 64),
    }
    product = "Gemm<transB = 1>" if sizes in STORED_NK else "MatMul"
    body = f"p = {product}(a, w) {EPILOGUES[epilogue]} {then}"

    def declare(names):
        return ", ".join(f"float[{', '.join(map(str, shapes[name]))}] {name}" for name in names)

    inputs = ["a", "w", *(name for name in "bcrv" if f", {name})" in body or f"({name})" in body)]
    constants = "float root = {1.4142135}, float one = {1}, float half = {0.5}, float two = {3}"
    text = f'<ir_version: 9, opset_import: ["" : 20]> m ({declare(inputs)}) => ({declare(results.split())}) <{constants}> {{ {body} }}'
    return parser.parse_model(text)


@pytest.mark.parametrize("precision,epilogue,sizes,reader", share.share(CASES, 32))
def test_does_not_spill(tile_products, tmp_path, precision, epilogue, sizes, reader):
    model = build_model(epilogue, sizes, reader)
    if precision == "float16":
        half_models.narrow(model)
    save(model, tmp_path / "m.onnx")
    assert tile_products("m.onnx", *FLAGS[precision])


@pytest.mark.parametrize(
    "steps,epilogue", [("bias", "bias"), ("bias+gelu", "gelu"), ("bias+gelu_tanh", "tanh gelu"), ("bias+silu", "silu")]
)
def test_tune_begins_with_the_choice_for_models(tenon, tile_products, tmp_path, steps, epilogue):
    """What a body costs and needs is the same for `tenon tune` as for the compiler."""
    shapes = "float16[12288, 1024] a, float16[4096, 1024] w, float[4096] b"
    body = f"h = Gemm<transB = 1>(a, w) p = Cast<to = 1>(h) {EPILOGUES[epilogue].replace('y =', 'f =')} y = Cast<to = 10>(f)"
    text = f'<ir_version: 9, opset_import: ["" : 20]> m ({shapes}) => (float16[12288, 4096] y) {{ {body} }}'
    save(parser.parse_model(text), tmp_path / "m.onnx")
    (remark,) = tile_products("m.onnx")
    first = tenon("tune", "--list", "--json", "--product=12288x4096x1024", f"--epilogue={steps}")
    assert f"Schedule={json.loads(first.stdout)[0]['candidates'][0]['schedule']}" in remark
