# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The seeded weights and inputs are the same bytes as ever: hashes.json was computed once, by the rule's first program."""

import hashlib
import json
import pathlib

import benchmark
import numpy as np
import pytest

HASHES = json.loads(pathlib.Path(__file__).with_name("hashes.json").read_text())
# Hashing all 4 GB of weights costs minutes; the rule is the same for every tensor, so CI checks the graphs below this.
CI_BYTES = 100 << 20


def test_every_graph_has_a_hash():
    assert {graph.name for graph in benchmark.all_graphs()} == set(HASHES["weights"])


@pytest.mark.parametrize("graph", [g for g in benchmark.all_graphs() if g.weight_bytes < CI_BYTES], ids=lambda graph: graph.name)
def test_weights(graph, tmp_path):
    made = graph.make(tmp_path)
    data = made.with_suffix(".bin").read_bytes()
    assert hashlib.blake2b(data, digest_size=16).hexdigest() == HASHES["weights"][graph.name]


@pytest.mark.parametrize("label", HASHES["inputs"])
def test_inputs(label):
    model, case = label.split(" ")
    digest = hashlib.blake2b(digest_size=16)
    for name, array in benchmark.Graph(f"{model}.any").inputs(case).items():
        digest.update(f"{name} {array.dtype.name} {list(array.shape)}\n".encode())
        digest.update(array.tobytes())
    assert digest.hexdigest() == HASHES["inputs"][label]


def test_weights_are_made_once(tmp_path):
    graph = benchmark.find_graph("squeezenet.script")
    first = graph.make(tmp_path).with_suffix(".bin")
    stamp = first.stat().st_mtime_ns
    assert graph.make(tmp_path).with_suffix(".bin").stat().st_mtime_ns == stamp
    first.write_bytes(first.read_bytes()[:-1])
    assert graph.make(tmp_path).with_suffix(".bin").stat().st_size == graph.weight_bytes


def test_spread_of_constant_tensors():
    row = benchmark.Initialiser("scale", "float32", [1000], 0, 4000, mean=1.0, std=0.0, positive=True)
    values = row.values()
    assert values.min() >= np.float32(0.7) and values.max() <= np.float32(1.3) and values.std() > 0.05
