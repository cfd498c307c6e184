#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times kernels written by hand in `tile`, and products, against NVVM programs of the same schedules, and checks both. Needs PyTorch; no LLVM.

tools/bench/handwritten/run.py KERNELS --against DIR [--only TEXT] [--out handwritten.json]

KERNELS is what build.py wrote. DIR holds the peers' cubins: attention/d128w2, convolution/b128, gemm/c1_g16_b<256|192|128>. They take the
same parameters and are launched as Tenon's are, with the same maps and grid; no launch starts before the one before it ends. Random normal
data; operands rotate through sets that together exceed the L2 cache; launches are replayed from CUDA graphs, all sides in turn, nine times; the
median counts. Results are compared with sums in float32 (attention, convolution) and float64.
"""

import argparse
import datetime
import json
import math
import pathlib
import statistics
import sys

import problems
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gemm"))
# Of tools/bench/gemm, the run.py too.
import driver
from run import L2_BYTES, capture, clock, replay

TOLERANCE = 5e-4  # relative error of the whole result: rounding to f16 is 2.1e-4, with weights of attention in f16 2.9e-4
ROUNDS = 9
GRAPH_MS = 2  # least duration of a replay
RATE = 500e9  # operations a ms, to guess how many launches that is
STAGING = 64 * 64 * 2  # bytes of a tile of a result
# The peer of each kernel and its bytes of shared memory: stages of both operands, queries or staging tiles, and barriers.
PEERS = {
    "attention": ("attention/d128w2", (128 + 4 * 128) * 128 * 2 + 1024),
    "convolution": ("convolution/b128", 6 * (128 + 128) * 64 * 2 + 4 * STAGING + 1024),
    "gemm_128x256": ("gemm/c1_g16_b256", 4 * (128 + 256) * 64 * 2 + 4 * STAGING + 1024),
    "gemm_128x192": ("gemm/c1_g16_b192", 4 * (128 + 192) * 64 * 2 + 6 * STAGING + 1024),
    "gemm_128x128": ("gemm/c1_g16_b128", 6 * (128 + 128) * 64 * 2 + 4 * STAGING + 1024),
}


def run_problem(problem, functions):
    """Microseconds of a launch and relative errors, by side."""
    first = problem.operands()
    count = max(2, math.ceil(2 * L2_BYTES / sum(each.nbytes for each in first)))
    sets = [first, *(problem.operands() for _ in range(count - 1))]
    launches = math.ceil(max(count, GRAPH_MS * RATE / problem.operations) / count) * count
    expected = problem.reference(*first[:-1])
    graphs, errors = {}, {}
    for side, function in functions.items():
        launchers = [function.launcher(problem.grid, problem.arguments(function.row["parameters"], each), early=False) for each in sets]
        first[-1].fill_(math.nan)
        launchers[0]()
        errors[side] = ((first[-1].double() - expected).norm() / expected.norm()).item()
        graphs[side] = capture(launchers, launches)
    if problem.library:
        try:
            graphs["cudnn"] = capture([lambda operands=each[:-1]: problem.library(*operands) for each in sets], launches)
        except RuntimeError as error:
            print(f"  cuDNN: {error}", file=sys.stderr)
    samples = {side: [] for side in graphs}
    for graph in graphs.values():
        replay(graph, launches)
    for _ in range(ROUNDS):
        for side, graph in graphs.items():
            samples[side].append(1e3 * replay(graph, launches))
    return {side: statistics.median(values) for side, values in samples.items()}, errors


def result_row(problem, peer, times, errors):
    row = {
        "case": problem.name,
        "tenon": round(times["tenon"], 2),
        "peer": round(times["peer"], 2),
        "peer_name": f"experiment {pathlib.Path(peer).name}",
        "unit": "us",
        "ratio": round(times["peer"] / times["tenon"], 3),
        "ok": all(error <= TOLERANCE for error in errors.values()),  # NaN is not
    }
    return row | ({"cudnn": round(times["cudnn"], 2)} if "cudnn" in times else {})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", type=pathlib.Path)
    parser.add_argument("--against", type=pathlib.Path, required=True, help="the peers' cubins")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    manifest = json.loads((options.kernels / "kernels.json").read_text())
    functions = {}
    for row in manifest["kernels"]:
        peer, shared_bytes = PEERS[row["name"]]
        theirs = driver.Function(options.against / f"{peer}.cubin", row | {"shared_bytes": shared_bytes})
        functions[row["name"]] = {"tenon": driver.Function(options.kernels / row["cubin"], row), "peer": theirs}
    rows, ratios = [], {}
    for problem in problems.everything():
        if options.only not in problem.name:
            continue
        times, errors = run_problem(problem, functions[problem.kernel])
        row = result_row(problem, PEERS[problem.kernel][0], times, errors)
        rows.append(row)
        ratios.setdefault(problem.kind, []).append(row["ratio"])
        cudnn = f" cuDNN {row['cudnn']}" if "cudnn" in row else ""
        wrong = "" if row["ok"] else f" WRONG {errors}"
        print(f"{row['case']}: {row['tenon']} us peer {row['peer']} ratio {row['ratio']:.3f}{cudnn}{wrong}", flush=True)
        torch.cuda.empty_cache()
    for kind, values in ratios.items():
        print(f"{kind}: geometric mean {statistics.geometric_mean(values):.3f} of {len(values)}, least {min(values):.3f}")
    if options.out:
        device = {"device": torch.cuda.get_device_name(0), "driver": clock()[1]}
        text = json.dumps({"date": datetime.date.today().isoformat(), "commit": manifest["commit"], **device, "rows": rows})
        options.out.write_text(text.replace('{"case"', '\n  {"case"').replace("}]}", "}\n]}") + "\n")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
