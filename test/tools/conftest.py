# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `tenon` program of the build under test."""

import json
import subprocess

import pytest


@pytest.fixture
def tenon(build, tmp_path):
    """Runs `tenon ARGUMENTS` in an empty folder; returns the finished process (returncode, stdout, stderr)."""

    def run(*arguments, **options):
        command = [build / "bin/tenon", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False, **options)

    return run


@pytest.fixture
def tile_products(tenon):
    """Compiles for a GPU that has tile kernels and for one that has none: products of the first alone run on them, without a spill. Returns what
    the compiler says of each."""

    def run(model, *flags):
        done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_80,sm_90a", "--json", *flags)
        assert done.returncode == 0, done.stderr
        targets = json.loads(tenon("inspect", "m.tenon", "--json").stdout)["targets"]
        products = {target["arch"]: [kernel for kernel in target["kernels"] if kernel["name"].startswith("product_")] for target in targets}
        assert products["sm_90a"] and not products["sm_80"]
        assert all(kernel["spill_store_bytes"] == kernel["stack_bytes"] == 0 for kernel in products["sm_90a"])
        return [row["message"] for row in json.loads(done.stdout)["report"]["fusions"] if row["name"] == "TensorCores"]

    return run
