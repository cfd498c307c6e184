#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the products' kernels to cubins beside a manifest, for run.py on a machine with a GPU: those that are shipped, and those that the
compiler takes for the cases.

tools/bootstrap run python tools/bench/gemm/build.py OUT [--only TEXT]

Needs tenon-opt, tenon, ptxas and onnx, no GPU. Any spill and any C75xx warning of the assembler (products serialised, register requests
ignored) is an error.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import cases
import chosen
import kernels
import programs

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev")) / "bin"
PASSES = "builtin.module({generator}{{{options} name={name}}},lower-tile-to-llvm,cuda-generate-ptx{{archs=sm_90a}})"
DESCRIPTOR = re.compile(r"!tile\.descriptor<(\d+)x(\d+)x(\w+)((?:, \w+ = \w+)*)>")
PROBLEM = ("element", "output", "transpose_a", "transpose_b", "batched", "epilogue")
COMPLAINT = re.compile(r"C75\d\d|[1-9]\d* bytes (?:stack frame|spill)|error|warning", re.I)


def run_opt(pipeline, *flags):
    command = [BIN / "tenon-opt", f"--pass-pipeline={pipeline}", *flags]
    done = subprocess.run(command, input="module {}", capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{pipeline}\n{done.stderr}")
    return done


def opt(pipeline, *flags):
    return run_opt(pipeline, *flags).stdout


def choice(case):
    """The compiler's kernel for the case, if it makes one such."""
    return chosen.kernel_of(case, lambda problem: run_opt(f"builtin.module(schedule-choose-gemm{{{kernels.options(problem)}}})").stderr)


def string_attribute(text, name):
    """The value of a string attribute as bytes of the module hold it."""
    quoted = re.search(rf'{name} = "((?:[^"\\]|\\.)*)"', text).group(1)
    return re.sub(r"\\([0-9A-Fa-f]{2}|.)", lambda match: chr(int(match[1], 16)) if len(match[1]) == 2 else match[1], quoted)


def describe(kernel, symbol):
    """What a launch must know, from the kernel's own types."""
    text = opt(f"builtin.module({kernel.generator}{{{kernel.options()} name={symbol}}},tile.kernel(tile-place-shared))")
    signature = re.search(rf"tile\.kernel @{symbol}\((.*?)\) attributes", text).group(1)
    # What follows the sizes: a map or a pointer for each operand of the epilogue and each further result.
    further = signature.rsplit(": i32", 1)[1]
    boxes = []
    for rows, columns, element, rest in DESCRIPTOR.findall(signature):
        options = dict(item.split(" = ") for item in rest.split(", ") if item)
        boxes.append(
            {
                "rows": int(rows),
                "columns": int(columns),
                "element": element,
                "swizzle": int(options.get("swizzle", 0)),
                "rank": int(options.get("rank", 2)),
            }
        )
    return {
        **dict(kernel.fields()),
        "name": kernel.name,
        "symbol": symbol,
        **kernel.launch(),
        "problem": [*(getattr(kernel, name) for name in PROBLEM), kernel.promote > 0],
        "threads": 128 * (1 + kernel.consumers),
        "shared_bytes": int(re.search(r"tile\.shared_bytes = (\d+)", text).group(1)),
        "boxes": boxes,
        "further": ["map" if "descriptor" in argument else "pointer" for argument in re.findall(r"!tile\.descriptor|!llvm\.ptr", further)],
    }


def assemble(ptx, out):
    """Gives the registers of the kernel that has the most."""
    path = out.with_suffix(".ptx")
    path.write_text(ptx)
    done = subprocess.run(["ptxas", "-arch=sm_90a", "-O3", "-v", path, "-o", out], capture_output=True, text=True, check=False)
    report = done.stderr + done.stdout
    complaints = [line for line in report.splitlines() if COMPLAINT.search(line)]
    if done.returncode or complaints:
        raise SystemExit(f"{out.name}: " + "\n".join(complaints or [report]))
    path.unlink()
    return max(map(int, re.findall(r"Used (\d+) registers", report)))


def compile_kernel(kernel, out):
    symbol = "gemm"
    row = describe(kernel, symbol)
    start = time.perf_counter()
    passes = PASSES.format(generator=kernel.generator, options=kernel.options(), name=symbol)
    ptx = string_attribute(opt(passes, "--verify-each=0"), "sm_90a").rstrip("\0")  # as `tenon compile` runs them
    return row | finish(kernel.name, ptx, start, out)


def compile_any(kernel, out):
    return (compile_program if isinstance(kernel, kernels.Program) else compile_kernel)(kernel, out)


def compile_program(program, out):
    start = time.perf_counter()
    ptx, plan = programs.compile_program(BIN / "tenon", program)
    problem = [program.element, program.output, False, program.transpose_b, False, "", False]
    row = {"kind": "program", "name": program.name, "problem": problem, "sizes": program.sizes, **plan}
    row["shared_bytes"] = max(launch["shared_bytes"] for launch in row["launches"])
    return row | finish(program.name, ptx, start, out)


def finish(name, ptx, start, out):
    middle = time.perf_counter()
    registers = assemble(ptx, out / f"{name}.cubin")
    milliseconds = [round(1000 * (middle - start)), round(1000 * (time.perf_counter() - middle))]
    return {"registers": registers, "compile_ms": milliseconds, "cubin": f"{name}.cubin"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="", help="kernels whose name holds this text")
    parser.add_argument("--jobs", type=int, default=1, help="kernels at a time; compile times are only true for one (default 1)")
    cases.add_argument(parser)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    rows, everything = [], cases.everything(options.shapes)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        choices = {case.name: kernel for case, kernel in zip(everything, pool.map(choice, everything)) if kernel}
        wanted = {
            kernel.name: kernel for kernel in [*kernels.shipped(), *kernels.PROGRAMS, *choices.values()] if options.only in kernel.name
        }
        for row in pool.map(lambda kernel: compile_any(kernel, options.out), wanted.values()):
            rows.append(row)
            print(f"{row['name']}: {row['registers']} registers, {row['shared_bytes']} bytes, {row['compile_ms']} ms", flush=True)
    names = {name: kernel.name for name, kernel in choices.items() if kernel.name in wanted}
    (options.out / "manifest.json").write_text(json.dumps({"commit": commit, "kernels": rows, "chosen": names}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
