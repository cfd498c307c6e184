# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products that are not one tile kernel, as the compiler makes them of a model: launches of kernels for one problem of fixed sizes."""

import math
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
LAUNCH = re.compile(
    r"plan\.launch @(?P<symbol>\w+) grid\((?P<grid>[^)]*)\) scratch\((?P<scratch>%\w+)\) buffers\((?P<buffers>[^:]*) : [^)]*\)"
    r"(?: scalars\((?P<scalars>[^)]*)\))?(?: maps \[(?P<maps>[^(]*)\]\((?P<values>[^)]*)\))? \{"
)
MAP = re.compile(r"#plan\.tensor_map<(\d+), (\w+), box = \[([^\]]*)\], swizzle = (\d+)>")
TYPES = {"f32": (TensorProto.FLOAT, []), "f16": (TensorProto.FLOAT16, ["--fp16"])}  # of the model, and what the compiler is told


def model_of(program):
    """B stored [N, K] is a Gemm's, B stored [K, N] a MatMul's."""
    m, n, k = program.sizes
    shapes = {"a": (m, k), "b": (k, n) if program.transpose_b else (n, k), "c": (m, n)}
    node = helper.make_node("MatMul", ["a", "b"], ["c"]) if program.transpose_b else helper.make_node("Gemm", ["a", "b"], ["c"], transB=1)
    a, b, c = (helper.make_tensor_value_info(name, TYPES[program.element][0], shape) for name, shape in shapes.items())
    graph = helper.make_graph([node], "product", [a, b], [c])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()


def compile_program(tenon, program):
    """(the kernels' PTX, what read_plan gives)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "product.onnx").write_bytes(model_of(program))
        command = [tenon, "compile", folder / "product.onnx", "--target=cuda:sm_90a", f"--dump-stages={folder}", *TYPES[program.element][1]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{program.name}: {done.stderr}")
        ptx, plan = (next(folder.glob(f"*-{stage}.*")).read_text() for stage in ("ptx", "plan"))
    return ptx, read_plan(plan)


def read_plan(text):
    """Launches in their order, and the bytes of the buffers between them by name; the operands are a, b and c."""
    host, kernels = text.split("module @kernels", 1)
    host = host[host.index("func.func @main") :]
    if strange := set(re.findall(r"(?<!#)plan\.(\w+)", host)) - KNOWN:
        raise ValueError(f"expected a plan of launches alone, got {strange}")
    constants = {name: int(value) for name, value in CONSTANT.findall(host)}
    names = {"%arg0": "a", "%arg1": "b", **dict.fromkeys(OUTPUT.findall(host), "c")}
    temporaries = {name.lstrip("%"): constants[size] for name, size in ALLOC.findall(host)}

    def numbers(values):
        return [constants[value] for value in values.split(", ")] if values else []

    launches = []
    for launch in LAUNCH.finditer(host):
        buffers = [names.get(buffer, buffer.lstrip("%")) for buffer in launch["buffers"].split(", ")]
        head, body = re.search(rf"@{launch['symbol']}\((.*)\n((?:.*\n)*?)    \}}", kernels).groups()
        launches.append(
            {
                "symbol": launch["symbol"],
                "grid": math.prod(numbers(launch["grid"])),
                "shared_bytes": constants[launch["scratch"]],
                "buffers": buffers,
                "scalars": numbers(launch["scalars"]),
                "maps": read_maps(launch["maps"] or "", numbers(launch["values"])),
                "threads": int(re.search(r"gpu\.known_block_size = array<i32: (\d+), 1, 1>", head)[1]),
                "cluster": int((re.search(r"cluster = (\d+)", head) or [0, 1])[1]),
                "persistent": "cuda.persistent" in head,
                # The kernel waits itself for the one before, which made nothing that it reads before it waits.
                "early": "tile.wait_dependency" in body and not temporaries.keys() & {buffers[i] for i in read_before_wait(head)},
            }
        )
    if len(launches) != host.count("plan.launch"):
        raise ValueError("expected launches of known sizes")
    return {"launches": launches, "temporaries": temporaries}


def read_maps(text, values):
    """Which buffer a map is of, its box as the driver wants it, and sizes and strides, innermost first."""
    maps = []
    for buffer, element, box, swizzle in MAP.findall(text):
        columns, rows, *rest = map(int, box.split(", "))
        rank = 2 + len(rest)
        sizes, strides, values = values[:rank], values[rank : 2 * rank - 1], values[2 * rank - 1 :]
        described = {"rows": rows, "columns": columns, "element": element, "swizzle": int(swizzle), "rank": rank}
        maps.append({"buffer": int(buffer), "box": described, "sizes": sizes, "strides": strides})
    return maps


def read_before_wait(head):
    """Numbers of a kernel's buffers."""
    listed = re.search(r"cuda\.early = array<i32: ([\d, ]+)>", head)
    return map(int, listed[1].split(", ")) if listed else ()
