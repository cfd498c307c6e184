# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compute-sanitizer's four tools over one small model of every kernel family. A row is a model and a tool; `tenon` is seconds."""

import concurrent.futures
import functools
import json
import pathlib
import re
import shutil
import tempfile
import time

from . import children, families
from .engines import compile_model
from .report import failed, row

TOOLS = {
    # Also a call of the driver that fails is a finding: nothing that the runtime asks on this path has an error for an answer.
    "memcheck": ["--leak-check=no", "--report-api-errors=explicit"],
    "racecheck": [],
    "initcheck": [],
    "synccheck": [],
}
FOUND = 77  # the status that says that a tool found something
TIMEOUT = 240
AT_ONCE = 8


def run(options, report):
    program = shutil.which("compute-sanitizer") or "/usr/local/cuda/bin/compute-sanitizer"
    if not pathlib.Path(program).exists():
        report.add(failed("compute-sanitizer", "not found on PATH or in /usr/local/cuda/bin", "s"))
        return
    chosen = [name for name in families.BODIES if options.selects(name)]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        compiled = list(pool.map(lambda name: prepare(name, pathlib.Path(folder), options.target), chosen))
        jobs = [
            pool.submit(check, program, tool, name, place)
            for tool in TOOLS
            for name, place in compiled
            if place and not (tool == "initcheck" and stores_by_copy(place / "model.tenon"))
        ]
        for name, place in compiled:
            if not place:
                report.add(failed(name, "compiling failed", "s"))
        for job in concurrent.futures.as_completed(jobs):
            report.add(job.result())


def prepare(name, folder, target):
    """(name, folder with the engine and its inputs); no folder if compiling failed."""
    import numpy as np

    place = folder / re.sub(r"\W+", "-", name)
    place.mkdir()
    for value, array in families.feeds(name).items():
        np.save(place / f"{value}.npy", array)
    (place / "model.onnx").write_bytes(families.model(name).SerializeToString())
    problem = compile_model(place / "model.onnx", place / "model.tenon", target, *families.flags(name))
    if problem:
        print(f"{name}: {problem}", flush=True)
    return name, None if problem else place


@functools.cache
def stores_by_copy(engine):
    """Does a product's result leave by the copy engine (cp.async.bulk.tensor)? initcheck does not see such writes, and takes every read of the
    result for one of uninitialised memory. That all of it is written the suite `ops` shows: it compares every element."""
    _, out, _ = children.run(["tenon", "inspect", engine, "--json"], TIMEOUT)
    remarks = [row["message"] for row in json.loads(out)["report"]["fusions"] if row["name"] == "TensorCores"]
    schedules = [re.search(r'Schedule="?([^",]*)', remark)[1].split() for remark in remarks]
    return any(not name.startswith("small_") and "_direct" not in name for names in schedules for name in names)


def check(program, tool, name, place):
    case, begin = f"{name}, {tool}", time.monotonic()
    command = [program, f"--tool={tool}", f"--error-exitcode={FOUND}", *TOOLS[tool], "--print-limit=3"]
    try:
        status, out, err = children.run([*command, "tenon", "run", place / "model.tenon", f"--inputs={place}"], TIMEOUT)
    except children.ChildError as error:
        return failed(case, str(error), "s")
    lines = [line.removeprefix("=========").strip() for line in (out + err).splitlines() if line.startswith("=========")]
    findings = [line for line in lines if line and not line.startswith(("COMPUTE-SANITIZER", "ERROR SUMMARY", "RACECHECK SUMMARY"))]
    message = "" if status == 0 else findings[0] if findings else f"status {status}: {children.last_line(out + err)}"
    return row(case, time.monotonic() - begin, "s", status == 0, message=message)
