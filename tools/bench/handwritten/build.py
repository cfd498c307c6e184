#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles attention and convolution as written by hand in `tile`, and three products, to cubins beside kernels.json, for run.py on a GPU.

tools/bootstrap run python tools/bench/handwritten/build.py OUT [--build build/dev]

Needs tenon-opt and ptxas, no GPU. Spills, C75xx warnings of the assembler and an entry whose parameters are not the kernel's are errors.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/bench/gemm"))
# Of tools/bench/gemm, the build.py too.
from kernels import MIDDLE, NARROW, WIDE, Kernel  # noqa: E402

from build import DESCRIPTOR, assemble, string_attribute  # noqa: E402

WRITTEN = ROOT / "test/conversion/TileToNvvm"
PLACE = "tile.kernel(tile-place-shared)"
COMPILE = "lower-tile-to-llvm,cuda-generate-ptx{archs=sm_90a}"


def sources():
    """Name, text and generating pass of each kernel."""
    for name in ("attention", "convolution"):
        yield name, (WRITTEN / f"{name}.mlir").read_text(), []
    for kernel in (Kernel(**tile) for tile in (WIDE, MIDDLE, NARROW)):
        yield f"gemm_{kernel.tile_m}x{kernel.tile_n}", "module {}", [f"{kernel.generator}{{{kernel.options()} name=gemm}}"]


def opt(tool, text, passes):
    pipeline = f"builtin.module({','.join(passes)})"
    done = subprocess.run([tool, f"--pass-pipeline={pipeline}"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{pipeline}\n{done.stderr}")
    return done.stdout


def parameter(type_):
    """The box of a map, or the type itself."""
    matched = DESCRIPTOR.fullmatch(type_)
    if not matched:
        return type_
    rows, columns, element, rest = matched.groups()
    options = dict(item.split(" = ") for item in rest.split(", ") if item)
    return {
        "rows": int(rows),
        "columns": int(columns),
        "element": element,
        "swizzle": int(options.get("swizzle", 0)),
        "rank": int(options.get("rank", 2)),
        "im2col": options.get("im2col") == "true",
    }


def describe(text):
    """What a launch must know, from the kernel's own types."""
    symbol, signature = re.search(r"tile\.kernel @(\w+)\((.*?)\) attributes", text).groups()
    return {
        "symbol": symbol,
        "threads": int(re.search(r"threads = (\d+)", text).group(1)),
        "shared_bytes": int(re.search(r"tile\.shared_bytes = (\d+)", text).group(1)),
        "parameters": [parameter(type_) for type_ in re.findall(r"%\w+: (!tile\.descriptor<[^>]*>|[\w.!]+)", signature)],
    }


def check_entry(row, ptx):
    """Maps are 128 bytes by value, sizes words."""
    entry = re.search(rf"\.entry {row['symbol']}\((.*?)\)", ptx, re.DOTALL).group(1)
    got = re.findall(r"\.param (\.align 64 \.b8 \w+\[128\]|\.u32 )", entry)
    expected = [".u32" if each == "i32" else ".align" for each in row["parameters"]]
    if [each.split()[0] for each in got] != expected or entry.count(".param") != len(expected):
        raise SystemExit(f"expected parameters {expected}, got {entry}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev", help="where bin/tenon-opt is (default build/dev)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tool = options.build / "bin/tenon-opt"
    rows = []
    for name, text, generator in sources():
        row = {"name": name, "cubin": f"{name}.cubin", **describe(opt(tool, text, [*generator, PLACE]))}
        ptx = string_attribute(opt(tool, text, [*generator, COMPILE]), "sm_90a").rstrip("\0")
        check_entry(row, ptx)
        row["registers"] = assemble(ptx, options.out / row["cubin"])
        rows.append(row)
        print(f"{name}: {row['registers']} registers, {row['shared_bytes']} bytes", flush=True)
    command = ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (options.out / "kernels.json").write_text(json.dumps({"commit": commit, "kernels": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
