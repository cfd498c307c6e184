# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measured winners for the table that comes with Tenon: `tenon tune` for products of the benchmark's list, into DIR/tuned.jsonl.

A row is a product: `tenon` is the time of the fastest schedule, `peer` that of the cost model's choice, so the ratio is what the table gains.
"""

import json
import re

from . import children
from .engines import on_gpu
from .report import failed, row

SHAPES = (
    "384x1024x4096 1000x1000x1000 64x6144x4096 12288x4096x1024 12288x1024x1024 6304x2304x768 "  # where docs/results loses most
    "384x1024x1024 384x4096x1024 128x768x3072 128x3072x768 197x768x768 4096x768x768 4096x2304x768 6304x768x3072 1024x1024x1024"
).split()
CASES = [f"fp16 {shape} {layout}" for shape in SHAPES for layout in ("nt", "nn")]
CASES += ["fp16 384x(128x64x128) nn", "fp16 4096x3072x768 nn bias+gelu_tanh", "fp16 384x4096x1024 nn bias+gelu"]
TIMEOUT = 240


def run(options, report):
    for case in filter(options.selects, CASES):
        report.add(tuned(case, options.out / "tuned.jsonl", options.target))


def flags_of(case):
    """The command line's words for a case like "fp16 384x(128x64x128) nn bias"."""
    element, sizes, layout, *epilogue = case.split()
    batched = re.fullmatch(r"(\d+)x\((.+)\)", sizes)
    product = [f"--product={batched[2]}", f"--batch={batched[1]}"] if batched else [f"--product={sizes}"]
    return [*product, f"--type={element}", f"--layout={layout}", *(f"--epilogue={steps}" for steps in epilogue)]


def tuned(case, table, target):
    # Where no GPU is, the short list is all that there is to see.
    more = [f"--table={table}"] if on_gpu(target) else ["--list"]
    try:
        _, out, err = children.run(["tenon", "tune", *flags_of(case), "--json", "--progress=none", *more], TIMEOUT)
        (result,) = json.loads(out)
    except (children.ChildError, ValueError) as error:
        return failed(case, str(error) if isinstance(error, children.ChildError) else children.last_line(err), "us")
    candidates = result["candidates"]
    out_of_it = [f"{row['schedule']}: {row['problem']}" for row in candidates if not row["ok"]]
    times = {row["schedule"]: row["us"] for row in candidates if "us" in row}
    ok = not out_of_it and (bool(times) or not on_gpu(target))
    winner = result.get("winner")
    more = {"schedule": winner, "candidates": len(candidates), "kept": result.get("kept"), "message": "; ".join(out_of_it)}
    return row(case, times.get(winner), "us", ok, times.get(candidates[0]["schedule"]), "cost model", **more)
