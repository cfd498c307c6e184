#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Tenon's products against cuBLASLt on this machine's GPU and checks every result. Needs PyTorch and what build.py wrote; no LLVM.

tools/bench/gemm/run.py KERNELS [--only TEXT] [--out gemm.json] [--seconds 150]

Random normal data; operands rotate through sets that together exceed the L2 cache; launches are replayed from CUDA graphs. Every candidate of
both sides is timed once, the best three of each side again and the kernel that the compiler takes, interleaved, nine times; the median counts. Results are compared with fp64, integers exactly.
"""

import argparse
import ctypes
import datetime
import json
import math
import pathlib
import statistics
import subprocess
import sys
import time

import cases
import cublaslt
import driver
import torch
from operands import STEPS, TORCH, Operands

# Relative error of the whole result against fp64 of the operands as given: rounding of C, with tf32 of the operands, with fp8 of the sums,
# which the tensor cores keep in fewer bits (2.9e-3 at K = 14336, the same in both libraries), with f32 of K sums one after the other, about
# 2^-25 sqrt(K / 2).
TOLERANCES = {"f16": 5e-4, "bf16": 4e-3, "tf32": 1e-3, "f32": 3e-6, "i8": 0.0, "f8E4M3FN": 4e-3}
# Of 8-bit results: how many steps more than the half that rounding may cost. Sums of the tensor cores are up to 1e-5 of their size off at
# K = 4096, which is 4e-4 of a step where they are 40 steps, as they are one time in three, and more for the largest.
PAST_TIE = 1e-2
# TFLOP/s a MHz on 132 SMs: 4096 operations a clock and SM for 16 bits, 256 without tensor cores
RATES = {"f16": 1, "bf16": 1, "tf32": 0.5, "f32": 1 / 16, "i8": 2, "f8E4M3FN": 2}
L2_BYTES = 60 << 20


def fits(row, case):
    """Does the kernel compute the case? The copy engine wants strides of 16 bytes."""
    if tuple(row["problem"]) != case.problem():
        return False
    if row["kind"] == "program":
        return row["sizes"] == [case.m, case.n, case.k]
    if row["kind"] == "small" and (case.m > 1024 or row["tile_m"] >= 2 * max(case.m, 16)):
        return False
    strides = []
    if not row.get("reads_a"):
        strides.append((case.m if case.transpose_a else case.k, case.element))
    if not row.get("reads_b"):
        strides.append((case.n if case.transpose_b else case.k, case.element))
    if row["kind"] == "large" and not row["store_directly"]:
        strides.append((case.n, case.output))
    return all(size * TORCH[element].itemsize % 16 == 0 for size, element in strides)


def tenon_launcher(function, case, operands):
    row = function.row
    if row["kind"] == "program":
        return function.launcher({"a": operands.a, "b": operands.b, "c": operands.c})
    sizes = [ctypes.c_int32(size) for size in (case.m, case.n, case.k, *((case.batch,) if case.batch > 1 else ()))]
    boxes = iter(row["boxes"])

    def argument(tensor, is_map):
        return driver.tensor_map(tensor, next(boxes)) if is_map else ctypes.c_uint64(tensor.data_ptr())

    if row["kind"] == "small":
        matrices = [(operands.b, True), (operands.a, True), (operands.c, False)]
    else:
        matrices = [(operands.a, not row["reads_a"]), (operands.b, not row["reads_b"]), (operands.c, not row["store_directly"])]
    kinds = [kind == "map" for kind in row["further"]]
    maps = [argument(*matrix) for matrix in matrices]
    extra = [tensor for tensors in operands.extra.values() for tensor in tensors]
    pointers = [argument(*operand) for operand in zip((*extra, *operands.kept), kinds, strict=True)]
    if row["kind"] == "small":
        grid = math.ceil(case.n / row["tile_n"]) * row["split"] * math.ceil(case.m / row["tile_m"])
        return function.launcher((grid, 1, 1), [*maps, *sizes, *pointers])
    along_m = row["tile_m"] * (1 if row["cluster_along_n"] else row["cluster"])
    along_n = row["tile_n"] * (row["cluster"] if row["cluster_along_n"] else 1)
    tiles = math.ceil(case.m / along_m) * math.ceil(case.n / along_n) * case.batch * row["cluster"]
    processors = torch.cuda.get_device_properties(0).multi_processor_count // row["cluster"] * row["cluster"]
    return function.launcher((min(tiles, processors), 1, 1), [*maps, *sizes, *pointers])


def capture(launchers, count):
    for launch in launchers:
        launch()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for index in range(count):
            launchers[index % len(launchers)]()
    return graph


def replay(graph, count):
    """Milliseconds of one launch."""
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    graph.replay()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / count


def error_of(case, operands, reference):
    return max(error_of_one(case, got.double(), expected) for got, expected in zip(operands.results(), reference))


def tolerance_of(case):
    if case.output == "i8":
        return PAST_TIE
    return TOLERANCES[case.output if case.promoted else case.element]


def error_of_one(case, got, expected):
    if case.output == "i8":
        return (got - expected).abs().max().item() - 0.5
    if case.element == "i8":
        return 0.0 if torch.equal(got, expected) else 1.0
    error = ((got - expected).norm() / expected.norm()).item()
    return error if math.isfinite(error) else 1.0


def library_product(case, operands):
    """As many of the first steps as cuBLASLt has algorithms for, and its product with them."""
    for count in range(len(case.steps), -1, -1):
        fused = case.steps[:count]
        if "+".join(fused) in cublaslt.EPILOGUES:
            extra = {step: operands.extra[step] for step in fused if step in operands.extra}
            product = cublaslt.Product(case, operands.a, operands.b, operands.product, "+".join(fused), extra)
            if not fused or product.algorithms():
                break
    return fused, product


def library_candidates(case, sets):
    """Launchers of every algorithm, by name. What cuBLASLt cannot fuse is left to a kernel after the product, compiled by torch."""
    fused, product = library_product(case, sets[0])
    rest = case.steps[len(fused) :]
    if rest[:1] == ("keep",):  # the product itself is the result that is kept
        rest = rest[1:]
    finish = compiled_chain(case, rest)

    def launchers(algorithm):
        made = []
        for operands in sets:
            added = operands.extra["residual"][0] if "residual" in fused else None
            launch = product.launcher(algorithm, operands.a, operands.b, operands.product, added)
            made.append((lambda launch=launch, o=operands: (launch(), finish(o.product, o.extra))) if rest else launch)
        return made

    return {f"cublaslt {index}": (lambda algorithm=algorithm: launchers(algorithm)) for index, algorithm in enumerate(product.algorithms())}


def compiled_chain(case, steps):
    torch._dynamo.reset()  # a new shape of every case would pass the limit of recompilations and run uncompiled
    return torch.compile(lambda value, extra: chain(case, steps, value, extra), dynamic=False)


def chain(case, steps, value, extra):
    value = value.float()
    for step in steps:
        value = STEPS[step](value, *extra.get(step, ()))
    return value.to(TORCH[case.output])


def run_case(case, functions, chosen):
    first = Operands(case)
    count = max(3, min(64, math.ceil(2 * L2_BYTES / first.bytes()) + 1))
    sets = [first, *[Operands(case) for _ in range(count - 1)]]
    reference = first.reference(case)
    candidates = {f.row["name"]: (lambda f=f: [tenon_launcher(f, case, o) for o in sets]) for f in functions if fits(f.row, case)}
    candidates |= library_candidates(case, sets)
    operations = 2.0 * case.batch * case.m * case.n * case.k
    guess = max(operations / 400e9, first.bytes() / 2.5e9, 0.004)  # ms
    graphs, held, errors, times = {}, [], {}, {}
    short = math.ceil(max(len(sets), 0.3 / guess) / len(sets)) * len(sets)
    for name, make in candidates.items():
        try:
            for result in first.results():
                result.fill_(float("nan") if result.is_floating_point() else -1)
            launchers = make()
            held.append(launchers)  # with buffers that its graph goes on to use
            launchers[0]()
            torch.cuda.synchronize()
            if not name.startswith("cublaslt"):
                errors[name] = error_of(case, first, reference)
            graphs[name] = capture(launchers, short)
        except RuntimeError as error:
            print(f"  {name}: {error}", file=sys.stderr)
            continue
        times[name] = min(replay(graphs[name], short) for _ in range(3))
    del reference
    sides = [[name for name in times if name.startswith("cublaslt") is peer] for peer in (False, True)]
    finalists = [name for side in sides for name in sorted(side, key=times.get)[:3]]
    finalists += [chosen] if chosen in times and chosen not in finalists else []
    samples = {name: [] for name in finalists}
    for _ in range(9):
        for name in finalists:
            samples[name].append(replay(graphs[name], short))
    final = {name: statistics.median(values) for name, values in samples.items()}
    return [sorted((final[n], n) for n in side if n in final) for side in sides], errors, times, operations


def clock():
    done = subprocess.run(
        ["nvidia-smi", "--query-gpu=clocks.sm,driver_version", "--format=csv,noheader,nounits"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip().split(", ") if done.returncode == 0 and done.stdout else ["0", "?"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", type=pathlib.Path)
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--all", type=pathlib.Path, help="times of every candidate")
    parser.add_argument("--seconds", type=float, default=1e9, help="start no case after this time")
    cases.add_argument(parser)
    options = parser.parse_args()
    begin = time.monotonic()
    torch.manual_seed(1)
    manifest = json.loads((options.kernels / "manifest.json").read_text())
    functions = [driver.load(options.kernels / row["cubin"], row) for row in manifest["kernels"]]
    rows, groups, everything, ok = [], {}, {}, True
    for case in cases.everything(options.shapes):
        if options.only not in case.name or time.monotonic() - begin > options.seconds:
            continue
        choice = manifest["chosen"].get(case.name)
        (ours, theirs), errors, times, operations = run_case(case, functions, choice)
        everything[case.name] = {"times": times, "errors": errors}
        bad = [name for name, error in errors.items() if error > tolerance_of(case)]
        ok &= not bad
        if not ours or not theirs:
            print(f"{case.name}: {'no kernel' if not ours else 'no peer'} {'WRONG ' + str(bad) if bad else ''}", flush=True)
            continue
        (mine, name), (peer, _) = ours[0], theirs[0]
        ratio = peer / mine
        sm_clock = float(clock()[0])
        roof = RATES[case.element] * 0.5407 * sm_clock
        rate = operations / mine / 1e9
        rows.append(
            {
                "case": case.name,
                "tenon": round(mine * 1e3, 2),
                "peer": round(peer * 1e3, 2),
                "peer_name": f"cuBLASLt {cublaslt.version()}",
                "unit": "us",
                "ratio": round(ratio, 3),
                "ok": not bad,
                "kernel": name,
                "tflops": round(rate),
            }
        )
        groups.setdefault(case.group, []).append(ratio)
        taken = {each: milliseconds for milliseconds, each in ours}.get(choice)
        if taken:
            rows[-1] |= {"chosen": choice, "chosen_us": round(taken * 1e3, 2), "chosen_ratio": round(peer / taken, 3)}
            groups.setdefault(f"{case.group}, as the compiler chooses", []).append(peer / taken)
        others = f"chosen {peer / taken:.3f} {choice} | " if taken else ""
        others += " ".join(f"{n.replace('f16_f16_nt_', '')} {t * 1e3:.1f}" for t, n in ours[1:])
        print(
            f"{case.name}: {mine * 1e3:.2f} us {rate:.0f} TF ({rate / roof:.0%} of {roof:.0f}) peer {peer * 1e3:.2f} ratio {ratio:.3f} {name} | {others} {'WRONG ' + str(bad) if bad else ''}",
            flush=True,
        )
        torch.cuda.empty_cache()
    for group, ratios in groups.items():
        print(f"{group}: geometric mean {math.exp(statistics.fmean(map(math.log, ratios))):.3f} of {len(ratios)}, least {min(ratios):.3f}")
    if options.out:
        device = torch.cuda.get_device_name(0)
        text = json.dumps(
            {"date": datetime.date.today().isoformat(), "commit": manifest["commit"], "device": device, "driver": clock()[1], "rows": rows}
        )
        options.out.write_text(text.replace('{"case"', '\n  {"case"').replace("}]}", "}\n]}") + "\n")
    if options.all:
        options.all.write_text(json.dumps(everything))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
