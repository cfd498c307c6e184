# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which kernel the compiler takes for a case: asked of the compiler without a GPU, by the table that comes with Tenon or by the cost model."""

import functools
import json
import pathlib
import re

import kernels

TABLE = pathlib.Path(__file__).resolve().parents[3] / "lib/Schedule/Tile/tuned.jsonl"
REMARK = re.compile(r"remark: [^:]+: (\{.*\})")
KINDS = {"large": kernels.Kernel, "small": kernels.SmallKernel}


@functools.cache
def measured():
    """Schedules by product, of the table's entries for one M."""
    entries = [json.loads(line) for line in TABLE.read_text().splitlines()[1:]]
    return {json.dumps(entry["product"]): entry["schedule"] for entry in entries}


def kernel_of(case, remark):
    """The compiler's kernel for `case`. `remark` gives what schedule-choose-gemm with such options says. None: the compiler makes no such
    kernel, its sums of f8 are always promoted."""
    for program in kernels.PROGRAMS:
        if matches(program, case):
            return program
    if case.element == "f8E4M3FN" and not case.promoted:
        return None
    problem = {"element": case.element, "output": case.output, "transpose_b": case.transpose_b, "epilogue": case.epilogue}
    sizes = {"m": case.m, "n": case.n, "k": case.k, "batch": case.batch}
    entry = json.loads(REMARK.search(remark(problem | sizes | {"transpose_a": case.transpose_a}))[1])
    schedule = dict(measured().get(json.dumps(entry["product"]), entry["schedule"]))
    kind = schedule.pop("kind")
    if kind == "large":
        problem |= {"transpose_a": case.transpose_a, "batched": case.batch > 1, "promote": 4 if case.promoted else 0}
        problem["store_directly"] = case.n * {"i8": 1, "f32": 4, "i32": 4}.get(case.output, 2) % 16 != 0
    return KINDS[kind](**problem, **schedule)


def matches(program, case):
    """Is the case without anything that a program has not?"""
    is_plain = case.batch == 1 and not case.transpose_a and not case.epilogue
    return (
        is_plain
        and (case.m, case.n, case.k) == program.sizes
        and (case.element, case.transpose_b) == (program.element, program.transpose_b)
    )
