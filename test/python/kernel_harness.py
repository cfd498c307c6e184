# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles small MLIR modules with tenon-opt and calls them on numpy arrays: numeric tests of lowerings without the engine.

The way is the upstream one (one-shot bufferization, loops, LLVM), so that what is tested is the lowering and not a schedule.
"""

import ctypes
import os
import pathlib
import subprocess
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev"))
LLVM = pathlib.Path("/usr/lib/llvm-22/bin")

TO_LOOPS = [
    "--eliminate-empty-tensors",
    "--one-shot-bufferize=bufferize-function-boundaries allow-return-allocs-from-loops"
    " function-boundary-type-conversion=identity-layout-map",
    "--buffer-results-to-out-params=hoist-static-allocs hoist-dynamic-allocs modify-public-functions",
    "--convert-linalg-to-loops",
    "--canonicalize",
    "--cse",
]
TO_LLVM = [
    "--llvm-request-c-wrappers",
    "--convert-scf-to-cf",
    "--expand-strided-metadata",
    "--lower-affine",
    "--arith-expand=include-bf16",
    "--convert-vector-to-llvm",
    "--convert-math-to-llvm",
    "--convert-arith-to-llvm",
    "--convert-index-to-llvm",
    "--finalize-memref-to-llvm",
    "--convert-func-to-llvm",
    "--convert-cf-to-llvm",
    "--reconcile-unrealized-casts",
]


def build(text, folder, passes):
    """The library of a module after `passes` and the way to LLVM. Functions are called through their C interfaces."""
    folder = pathlib.Path(folder)
    (folder / "in.mlir").write_text(text)
    steps = [
        [BUILD / "bin/tenon-opt", folder / "in.mlir", *passes, "--convert-math-to-arith", "-o", folder / "loops.mlir"],
        [LLVM / "mlir-opt", folder / "loops.mlir", *TO_LLVM, "-o", folder / "out.mlir"],
    ]
    for step in steps:
        lowered = subprocess.run(step, capture_output=True, text=True, check=False)
        assert lowered.returncode == 0, lowered.stderr
    subprocess.run([LLVM / "mlir-translate", "--mlir-to-llvmir", folder / "out.mlir", "-o", folder / "out.ll"], check=True)
    # A fresh name: a library is opened once per path.
    library = tempfile.NamedTemporaryFile(dir=folder, suffix=".so", delete=False).name
    # memrefCopy, which strided copies become, is the only symbol that may come from outside.
    runtime = ["-L/usr/lib/llvm-22/lib", "-lmlir_c_runner_utils", "-Wl,-rpath,/usr/lib/llvm-22/lib"]
    command = [LLVM / "clang", "-O1", "-march=x86-64-v3", "-w", "-shared", "-fPIC", folder / "out.ll", *runtime, "-o", library]
    subprocess.run(command, check=True)
    return ctypes.CDLL(library)


def descriptor(array):
    """The struct that an MLIR C interface takes for a memref; `array` is borrowed and must be contiguous."""
    rank = array.ndim
    fields = [("allocated", ctypes.c_void_p), ("aligned", ctypes.c_void_p), ("offset", ctypes.c_int64)]
    if rank:
        fields += [("sizes", ctypes.c_int64 * rank), ("strides", ctypes.c_int64 * rank)]
    kind = type(f"Memref{rank}", (ctypes.Structure,), {"_fields_": fields})
    pointer = array.ctypes.data
    if not rank:
        return kind(pointer, pointer, 0)
    strides = [stride // array.itemsize for stride in array.strides]
    return kind(pointer, pointer, 0, (ctypes.c_int64 * rank)(*array.shape), (ctypes.c_int64 * rank)(*strides))


def call(library, name, arguments, results):
    """Calls a function with arrays and integers (index), then the arrays that it writes."""
    values = []
    for argument in [*arguments, *results]:
        if isinstance(argument, np.ndarray):
            values.append(ctypes.byref(descriptor(argument)))
        else:
            values.append(ctypes.c_int64(argument))
    getattr(library, "_mlir_ciface_" + name)(*values)
