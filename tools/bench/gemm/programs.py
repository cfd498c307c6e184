# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products that are not tile kernels, as the compiler makes them of a model: launches of kernels for one problem of fixed sizes."""

import pathlib
import re
import subprocess
import tempfile

from onnx import TensorProto, helper

# What a plan without data-dependent steps is made of.
KNOWN = {"buffer", "output_buffer", "alloc", "launch", "output"}
CONSTANT = re.compile(r"(%\w+) = arith\.constant (\d+) : index")
ALLOC = re.compile(r"(%\w+) = plan\.alloc (%\w+)")
OUTPUT = re.compile(r"(%\w+) = plan\.output_buffer 0 ")
LAUNCH = re.compile(r"plan\.launch @(\w+) grid\((%\w+), (%\w+), (%\w+)\) scratch\((%\w+)\) buffers\(([^:]*) : [^)]*\) \{")


def model_of(program):
    """B stored [N, K] is a Gemm's, B stored [K, N] a MatMul's."""
    m, n, k = program.sizes
    shapes = {"a": (m, k), "b": (k, n) if program.transpose_b else (n, k), "c": (m, n)}
    node = helper.make_node("MatMul", ["a", "b"], ["c"]) if program.transpose_b else helper.make_node("Gemm", ["a", "b"], ["c"], transB=1)
    a, b, c = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    graph = helper.make_graph([node], "product", [a, b], [c])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()


def compile_program(tenon, program):
    """(the kernels' PTX, what read_plan gives)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "product.onnx").write_bytes(model_of(program))
        command = [tenon, "compile", folder / "product.onnx", "--target=cuda:sm_90a", f"--dump-stages={folder}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{program.name}: {done.stderr}")
        ptx, plan = (next(folder.glob(f"*-{stage}.*")).read_text() for stage in ("ptx", "plan"))
    return ptx, read_plan(plan)


def read_plan(text):
    """Launches in their order, and the bytes of the buffers between them by name; the operands are a, b and c."""
    host, kernels = text.split("module @kernels", 1)
    host = host[host.index("func.func @main") :]
    if strange := set(re.findall(r"plan\.(\w+)", host)) - KNOWN:
        raise ValueError(f"expected a plan of launches alone, got {strange}")
    constants = {name: int(value) for name, value in CONSTANT.findall(host)}
    names = {"%arg0": "a", "%arg1": "b", **dict.fromkeys(OUTPUT.findall(host), "c")}
    temporaries = {name.lstrip("%"): constants[size] for name, size in ALLOC.findall(host)}
    launches = []
    for symbol, *grid, scratch, buffers in LAUNCH.findall(host):
        block = re.search(rf"@{symbol}\(.*gpu\.known_block_size = array<i32: (\d+), 1, 1>", kernels)
        x, y, z = (constants[size] for size in grid)
        launches.append(
            {
                "symbol": symbol,
                "grid": x * y * z,
                "threads": int(block.group(1)),
                "shared_bytes": constants[scratch],
                "buffers": [names.get(buffer, buffer.lstrip("%")) for buffer in buffers.split(", ")],
            }
        )
    if len(launches) != host.count("plan.launch"):
        raise ValueError("expected launches of known sizes without scalars")
    return {"launches": launches, "temporaries": temporaries}
