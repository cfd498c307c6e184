# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The benchmark cases that fit CI's time (test/models/ci-cases.txt): compiled, run, equal to ONNX Runtime within the tolerance."""

import functools

import benchmark
import pytest
import run

CASES = [line.split(" ") for line in (benchmark.HERE / "ci-cases.txt").read_text().splitlines()]
OPTIONS = run.parse(["--seconds=0", "--timeout=600"])


@functools.cache
def compiled(name):
    return run.compile_graph(run.find_graph(name), OPTIONS)


@pytest.mark.parametrize("name,case", CASES)
def test_case(name, case):
    engine, _, _ = compiled(name)
    assert engine, "compiling failed, see the output"
    row = run.run_apart(run.find_graph(name), case, engine, OPTIONS)
    assert row["ok"], row["message"]
