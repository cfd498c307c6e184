#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory plans of the benchmark models: every case compiled with its shapes fixed, its arena beside the least that any plan could need.

    plan.py [GRAPH | "GRAPH CASE"]...      all cases of all graphs without arguments
    plan.py ... --json FILE                the rows in the form of docs/results: `tenon` is the arena, `peer` the bound

The bound is the largest set of buffers that live at the same time, a view counting as part of its whole and a result that is made in the
memory of an operand as that operand: what the compiler decided before planning is not questioned here. A row passes if the arena is below 1.2 times of it. Also printed:
the compiler's seconds and peak memory. Programs with data-dependent sizes plan when shapes are bound and are not counted.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import run

LIMIT = 1.2


def shapes_flag(graph, case):
    shapes = {name: "x".join(map(str, array.shape)) for name, array in graph.inputs(case).items()}
    return "--shapes=" + ",".join(f"{name}:{shape}" for name, shape in shapes.items())


def plan_of(engine):
    """(arena bytes, bound) of an engine; None if it plans when shapes are bound."""
    text = subprocess.run([run.tenon_program(), "inspect", engine, "--json"], capture_output=True, text=True, check=True).stdout
    memory = json.loads(text)["targets"][0]["memory"]
    return (memory["arena_bytes"], memory["live_bytes"]) if "arena_bytes" in memory else None


def rows(graph, cases, options):
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            engine, seconds, peak = run.compile_graph(graph, options, shapes_flag(graph, case), folder=pathlib.Path(folder))
            plan = plan_of(engine) if engine else None
        spent = f"{seconds:6.1f} s {peak / 2**20:7.0f} MB"
        name = f"{graph.name} {case}"
        if engine and not plan:
            print(f"{name:32} {spent}  planned when shapes are bound", flush=True)
            continue
        arena, bound = plan or (None, None)
        ok = plan is not None and arena < LIMIT * bound
        row = {"case": name, "tenon": arena, "peer": bound, "peer_name": "largest live set", "unit": "bytes"}
        yield row | {"ratio": round(bound / arena, 3) if arena else None, "ok": ok}
        numbers = f"{arena / 2**20:9.2f} {bound / 2**20:9.2f} {arena / bound:6.3f}" if plan else "no engine"
        print(f"{name:32} {spent} {numbers}  {'ok' if ok else 'FAILED'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help='graphs, or "GRAPH CASE"')
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--target", default="cpu")
    given = parser.parse_args()
    options = run.parse([*given.what, *([] if given.what else ["--all"]), f"--target={given.target}"])
    print(f"{'case':32} {'compiling':>17} {'arena MB':>9} {'bound':>9} {'ratio':>6}  result")
    found = [row for graph, cases in run.selected(options).items() for row in rows(graph, cases, options)]
    if given.json:
        run.write_results(given.json, found)
    failed = sum(not row["ok"] for row in found)
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
