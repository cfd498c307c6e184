# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The runtime's GoogleTests. A row is a test program; `tenon` is its time in seconds."""

import json
import os
import pathlib
import tempfile

from . import children
from .report import failed, row

TIMEOUT = 120
# These read the source tree or start programs of the build folder.
HERE_ONLY = ["ErrorCodes.AreAllDocumented", "Example.*", "Library.*"]


def run(options, report):
    programs = sorted((pathlib.Path(os.environ["TENON_BUILD"]) / "test").glob("*Test*"))
    for program in programs:
        report.add(run_program(program))
    if not programs:
        report.add(failed("runtime tests", "the bundle has no test folder; tools/gpu-check pack makes one that has", "s"))


def run_program(program):
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "result.json"
        try:
            status, out, err = children.run(
                [program, f"--gtest_output=json:{result}", "--gtest_brief=1", f"--gtest_filter=-{':'.join(HERE_ONLY)}"], TIMEOUT
            )
            data = json.loads(result.read_text())
        except (children.ChildError, OSError, ValueError) as error:
            return failed(program.name, str(error), "s")
    cases = [case for suite in data["testsuites"] for case in suite["testsuite"]]
    wrong = [f"{case['classname']}.{case['name']}" for case in cases if case.get("failures")]
    skipped = sum(case.get("result") == "SKIPPED" for case in cases)
    message = f"failed: {' '.join(wrong)}" if wrong else f"status {status}: {children.last_line(out + err)}" if status else ""
    seconds = float(data["time"].rstrip("s"))
    return row(program.name, seconds, "s", not wrong and not status, tests=len(cases) - skipped, skipped=skipped, message=message)
