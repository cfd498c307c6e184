# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values of one small model of every kernel family against ONNX Runtime: the first suite to pass when a target comes up."""

import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile

from . import children, families
from .engines import Session, compile_model
from .report import failed, row

TIMEOUT = 120


def run(options, report):
    chosen = [name for name in families.BODIES if options.selects(name)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check, name, options.target) for name in chosen]
        for job in concurrent.futures.as_completed(jobs):
            report.add(job.result())


def check(name, target):
    try:
        found = children.call("ops", [name, target], TIMEOUT)
    except children.ChildError as error:
        return failed(name, str(error))
    if "problem" in found:
        return failed(name, found["problem"])
    return row(name, found["milliseconds"], "ms", found["error"] <= 1, error=f"{found['error']:.2g}", message=found["message"])


def main(name, target):
    import tolerances

    model, feeds = families.model(name).SerializeToString(), families.feeds(name)
    with tempfile.TemporaryDirectory() as folder:
        source, engine = pathlib.Path(folder) / "model.onnx", pathlib.Path(folder) / "model.tenon"
        source.write_bytes(model)
        problem = compile_model(source, engine, target, *families.flags(name))
        if problem:
            return {"problem": f"compiling failed: {problem}"}
        session = Session(engine, target)
        got = session.run(feeds)
        pairs = zip(got.values(), families.reference(name, feeds), strict=True)
        differences = [tolerances.compare(ours, theirs, families.tolerance(name, theirs.dtype)) for ours, theirs in pairs]
        worst = max(differences, key=lambda difference: difference.ratio)
        return {"error": worst.ratio, "message": worst.message, "milliseconds": session.milliseconds(feeds, 0.05)}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
