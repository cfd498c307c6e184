#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long compiling takes: every run in a process of its own, with nothing kept from another; the fastest of a few.

    compile_time.py                                          resnet50 and bert_base, for the CPU and for sm_90a
    compile_time.py --json docs/results/cpu/compile.json     the rows in the form of docs/results

`tenon` is the seconds from start to exit, `peer` the most that they should be; `cpu_seconds` is what all threads and ptxas used, which other
work on the machine changes little; `ptxas_share` is the part of the seconds in which ptxas ran.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import run

GRAPHS = ("resnet50.script", "bert_base.script")
# Seconds on two cores.
LIMITS = {"cpu": None, "cuda:sm_90a": 12}


def compile_once(graph, target, folder):
    """(seconds, CPU seconds, the part of ptxas) of one run; raises CalledProcessError."""
    command = [
        run.tenon_program(),
        "compile",
        graph.make(),
        "-o",
        folder / "m.tenon",
        f"--target={target}",
        "--json",
        "--compile-threads=2",
    ]
    before, start = os.times(), time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    seconds, after = time.perf_counter() - start, os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    stages = {stage["stage"]: stage["milliseconds"] / 1e3 for stage in json.loads(done.stdout)["report"]["stages"]}
    return seconds, used, stages.get("ptxas", 0.0) / seconds


def row_of(graph, target, count):
    case, limit = f"{graph.name} {target}", LIMITS[target]
    try:
        with tempfile.TemporaryDirectory() as folder:
            seconds, used, share = min(compile_once(graph, target, pathlib.Path(folder)) for _ in range(count))
    except subprocess.CalledProcessError as error:
        print(error.stderr[:2000], flush=True)
        return {"case": case, "tenon": None, "peer": limit, "peer_name": "", "unit": "s", "ratio": None, "ok": False}
    row = {"case": case, "tenon": round(seconds, 2), "peer": limit, "peer_name": "limit on 2 cores" if limit else "", "unit": "s"}
    row |= {"ratio": round(limit / seconds, 3) if limit else None, "ok": limit is None or seconds <= limit}
    return row | {"cpu_seconds": round(used, 2), **({"ptxas_share": round(share, 2)} if share else {})}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graphs", nargs="*", default=GRAPHS)
    parser.add_argument("--count", type=int, default=3, help="runs of which the fastest counts (default 3)")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    rows = []
    for graph in map(run.find_graph, options.graphs):
        for target in LIMITS:
            rows.append(row_of(graph, target, options.count))
            print(", ".join(f"{key} {value}" for key, value in rows[-1].items() if value not in (None, "")), flush=True)
    if options.json:
        run.write_results(options.json, rows)
    failed = sum(not row["ok"] for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
