# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""onnx's backend node suite through the importer and the lowering to linalg, without schedule and engine.

    python test/python/backend_nodes.py [--only SUBSTRING] [--out RESULTS.json]

prints a line per case that does not pass.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST / "python"), str(TEST / "ops"), str(TEST)]

from kernel_harness import BUILD, TO_LOOPS, build, call  # noqa: E402
from node_suite import cases, in_form, to_array  # noqa: E402
from tolerances import compare  # noqa: E402


def run_case(case, folder):
    """Raises what went wrong; the text begins with the stage."""
    folder = pathlib.Path(folder)
    model, left = in_form(case, "known")
    onnx.save(model, folder / "model.onnx")
    imported = subprocess.run([BUILD / "bin/tenon-import", folder / "model.onnx"], capture_output=True, text=True, check=False)
    if imported.returncode:
        raise RuntimeError("import: " + imported.stderr.strip().splitlines()[-1][-200:])
    try:
        library = build(imported.stdout, folder, ["--convert-infer-to-linalg", *TO_LOOPS])
    except AssertionError as error:
        lines = [line for line in str(error).splitlines() if "error:" in line] or str(error).splitlines()[:1]
        raise RuntimeError("lower: " + (lines[0] if lines else "")[-200:]) from error
    for inputs, outputs in case.data_sets:
        arguments = [np.ascontiguousarray(to_array(inputs[i])) for i in left]
        wanted = [np.asarray(to_array(y)) for y in outputs]
        results = [np.empty_like(y, order="C") for y in wanted]
        call(library, "main", arguments, results)
        for got, want in zip(results, wanted, strict=True):
            difference = compare(got, want)
            allowed = np.isclose(got.astype(np.float64), want.astype(np.float64), rtol=case.rtol, atol=case.atol, equal_nan=True).all()
            if not difference.ok and not allowed:
                raise RuntimeError("value: " + (difference.message or f"ratio {difference.ratio:.3g}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of the case's name")
    parser.add_argument("--skip", default=None, help="regular expression of names")
    parser.add_argument("--out")
    options = parser.parse_args()
    results, count = {}, collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases().values():
            if options.only not in case.name or (options.skip and re.search(options.skip, case.name)):
                continue
            try:
                run_case(case, folder)
                result = "ok"
            except Exception as error:
                result = str(error) or type(error).__name__
            results[case.name] = result
            count[result.split(":")[0]] += 1
            if result != "ok":
                print(f"{case.name}: {result}", flush=True)
            if options.out:
                pathlib.Path(options.out).write_text(json.dumps(results, indent=1))
    print(dict(count))


if __name__ == "__main__":
    main()
