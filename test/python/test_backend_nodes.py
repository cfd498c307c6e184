# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A part of onnx's backend node suite through importer and lowering; backend_nodes.json lists it, and why others are left out.

All of it: `python test/python/backend_nodes.py`, some minutes.
"""

import json
import pathlib

import backend_nodes
import pytest

LISTS = json.loads(pathlib.Path(__file__).with_name("backend_nodes.json").read_text())


@pytest.fixture(scope="module")
def suite():
    return backend_nodes.cases()


@pytest.mark.parametrize("name", LISTS["quick"])
def test_values(suite, tmp_path, name):
    backend_nodes.run_case(suite[name], tmp_path)


def test_every_excluded_case_has_a_reason():
    assert all(reason for reason in LISTS["excluded"].values())
