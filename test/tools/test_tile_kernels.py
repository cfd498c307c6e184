# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shipped tensor-core kernels compile without a GPU, without spills and without products that the assembler serialises."""

import pathlib
import shutil
import subprocess
import sys
import sysconfig

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/bench/gemm"))

import kernels  # noqa: E402
import programs  # noqa: E402
import share  # noqa: E402

import build  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("ptxas") is None, reason="no assembler")
NVDISASM = pathlib.Path(sysconfig.get_path("purelib")) / "nvidia/cu13/bin/nvdisasm"  # tools/requirements.in
SHIPPED = {kernel.name: kernel for kernel in kernels.shipped()}

# One of each kind: the widest tile, three consumers, a cluster, both transposed, other types, epilogues with memory
# operands and to bytes, promoted sums, operands that threads read, few rows.
CHOSEN = [
    kernels.Kernel(**kernels.WIDE),
    kernels.Kernel(**kernels.SQUARE),
    kernels.Kernel(**kernels.WIDE, cluster=2),
    kernels.Kernel(**kernels.WIDE, transpose_a=True, transpose_b=True),
    kernels.Kernel(**kernels.WIDE, element="i8", output="i32"),
    kernels.Kernel(**kernels.WIDE, epilogue="bias+residual"),
    kernels.Kernel(**kernels.TURNS[0], epilogue="bias+gelu_tanh"),
    kernels.Kernel(**kernels.WIDE, **kernels.QUANTISED),
    kernels.Kernel(**kernels.PROMOTED[0], **kernels.SCALED),
    kernels.Kernel(**kernels.READING[1], **kernels.READS[2], transpose_a=True, transpose_b=True),
    kernels.SmallKernel(**kernels.ROWS_16[2]),
]


def test_names_are_distinct():
    assert len(SHIPPED) == len(kernels.shipped())


@pytest.mark.parametrize(
    "kernel", CHOSEN + [k for k in share.share(SHIPPED.values(), 4) if k not in CHOSEN], ids=lambda kernel: kernel.name
)
def test_compiles_clean(kernel, tmp_path):
    assert kernel.name in SHIPPED
    row = build.compile_kernel(kernel, tmp_path)  # ends the program at a spill or a C75xx warning
    assert row["shared_bytes"] <= 232448


def test_programs_are_launches_that_follow_each_other(tmp_path):
    """K of 14336 and 16 rows: parts of the sums, then their sum."""
    program = next(program for program in kernels.PROGRAMS if program.sizes == (16, 4096, 14336))
    row = build.compile_program(program, tmp_path)
    parts, total = row["launches"]
    (between,) = row["temporaries"]
    assert parts["buffers"] == ["a", "b", between] and total["buffers"] == [between, "c"]
    assert row["temporaries"][between] % (4 * 16 * 4096) == 0
    assert (tmp_path / row["cubin"]).exists() and parts["threads"] == 256


def test_programs_may_pad_operands(tmp_path):
    """Rows of 1022 bytes: a copy of both operands, and maps of what it wrote."""
    program = next(program for program in kernels.PROGRAMS if program.sizes == (4095, 4097, 511) and not program.transpose_b)
    row = build.compile_program(program, tmp_path)  # ends the program at a spill or a C75xx warning
    padding, product = row["launches"]
    first, second = row["temporaries"]
    assert padding["buffers"] == ["a", first, "b", second] and product["buffers"] == [first, second, "c"]
    assert padding["scalars"][:4] == [4095, 1022, 4097, 1022] and not padding["early"]
    assert [(each["sizes"], each["strides"]) for each in product["maps"]] == [([511, 4095], [1024]), ([511, 4097], [1024])]
    assert product["persistent"] and product["early"]


def test_padded_weights_are_not_read_early(tmp_path):
    """The kernel for few rows reads weights before it waits for the launch before, unless that one makes them."""
    few = [program for program in kernels.PROGRAMS if program.sizes == (16, 4096, 4095)]
    rows = [build.compile_program(program, tmp_path) for program in few]
    assert {program.transpose_b: row["launches"][-1]["early"] for program, row in zip(few, rows)} == {False: False, True: True}


def test_other_plans_are_refused():
    with pytest.raises(ValueError, match="expected a plan of launches alone, got {'upload'}"):
        programs.read_plan("func.func @main() { plan.upload } module @kernels {}")


def test_complaints_are_errors(tmp_path, monkeypatch):
    report = "info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, "", report))
    with pytest.raises(SystemExit, match="C7510"):
        build.assemble("", tmp_path / "k.cubin")


# Four products a step for each block of 64 rows, twice: the first step stands before the loop. Integers have an instruction of their own.
PRODUCTS = [(CHOSEN[0], "HGMMA", 8), (kernels.Kernel(**kernels.TURNS[0]), "HGMMA", 16), (CHOSEN[4], "IGMMA", 8)]


@pytest.mark.parametrize("kernel,name,count", PRODUCTS, ids=lambda value: getattr(value, "name", ""))
def test_products_are_tensor_core_instructions(tmp_path, kernel, name, count):
    row = build.compile_kernel(kernel, tmp_path)
    text = subprocess.run([NVDISASM, tmp_path / row["cubin"]], capture_output=True, text=True, check=True).stdout
    assert text.count(name) == count
    assert "LDL" not in text and "STL" not in text
