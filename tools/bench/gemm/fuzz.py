#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks Tenon's products on random problems: types, layouts, sizes up to 3000, epilogues. Needs PyTorch and what build.py wrote.

tools/bench/gemm/fuzz.py KERNELS [--count 10000] [--seconds 60] [--largest 3000] [--seed 1]

Every problem goes to one kernel that fits, chosen at random. C lies in poisoned memory, which must be overwritten inside and untouched around.
"""

import argparse
import functools
import json
import math
import pathlib
import random
import sys
import time

import cases
import driver
import run
import torch
from operands import TORCH, Operands

GUARD = 4096  # elements before and after C


def random_case(rng, row, largest):
    """A problem that the kernel computes; sizes are biased to small ones and to edges of tiles."""
    element = row["problem"][0]
    unit = 16 // TORCH[element].itemsize

    def size(step):
        value = rng.choice(
            [rng.randint(1, 64), rng.randint(1, 500), rng.randint(1, largest), rng.choice([64, 128, 192, 256, 384]) + rng.randint(-2, 2)]
        )
        return -(-value // step) * step

    is_small = row["kind"] == "small"
    _, output, transpose_a, transpose_b, batched, epilogue, promoted = row["problem"]
    out_unit = 1 if is_small or row.get("store_directly") else 16 // TORCH[output].itemsize
    # Rows of an operand that threads read may have any length.
    unit_a, unit_b = (1 if row.get(f"reads_{operand}") else unit for operand in "ab")
    m = size(unit_a if transpose_a else 1) if not is_small else rng.randint(1, 200)
    n = size(max(unit_b if transpose_b else 1, out_unit))
    k = size(max(1 if transpose_a else unit_a, 1 if transpose_b else unit_b))
    return cases.Case(m, n, k, element, rng.randint(2, 5) if batched else 1, transpose_a, transpose_b, epilogue, promoted)


def poisoned(result):
    """(memory, one like the result in the middle of it)."""
    count = result.numel()
    memory = torch.full((count + 2 * GUARD,), 77, dtype=result.dtype, device="cuda")
    inside = memory[GUARD : GUARD + count]
    inside.fill_(float("nan") if result.is_floating_point() else torch.iinfo(result.dtype).min)
    return memory, inside.view(result.shape)


def check(function, case):
    """What is wrong, or an empty string."""
    operands = Operands(case)
    memories, results = zip(*map(poisoned, operands.results()))
    operands.c, *operands.kept = results
    run.tenon_launcher(function, case, operands)()
    torch.cuda.synchronize()
    if not all((memory[:GUARD] == 77).all() and (memory[-GUARD:] == 77).all() for memory in memories):
        return "memory around C was written"
    return next(filter(None, map(functools.partial(compare, case), results, operands.reference(case))), "")


def compare(case, got, expected):
    if case.output == "i8":
        past = run.error_of_one(case, got.double(), expected)
        return "" if past <= run.tolerance_of(case) else f"rounded {past:.1e} of a step past a tie"
    if case.element == "i8":
        return "" if torch.equal(got.double(), expected) else "other integers"
    # Few sums may all be close to zero by cancellation: then what they were summed from is the measure.
    size = max(expected.norm().item(), math.sqrt(expected.numel() * case.k))
    error = (got.double() - expected).norm().item() / size
    return "" if error <= run.tolerance_of(case) else f"relative error {error:.1e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--largest", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    torch.manual_seed(options.seed)
    manifest = json.loads((options.kernels / "manifest.json").read_text())
    of_any_size = [row for row in manifest["kernels"] if row["kind"] != "program"]
    functions = [driver.load(options.kernels / row["cubin"], row) for row in of_any_size]
    begin, done, wrong = time.monotonic(), 0, 0
    while done < options.count and time.monotonic() - begin < options.seconds:
        function = rng.choice(functions)
        case = random_case(rng, function.row, options.largest)
        complaint = check(function, case)
        done += 1
        if complaint:
            wrong += 1
            print(f"{case} {function.row['name']}: {complaint}", flush=True)
    print(f"{done} problems over {len(functions)} kernels, {wrong} wrong, {time.monotonic() - begin:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
