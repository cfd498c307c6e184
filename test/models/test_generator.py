# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The seeded weights and inputs are the same bytes as ever: hashes.json was computed once, by the rule's first program."""

import hashlib
import json
import pathlib

import benchmark
import numpy as np
import pytest
import share

HASHES = json.loads(pathlib.Path(__file__).with_name("hashes.json").read_text())
# Making and hashing all 4 GB of weights costs minutes. Each run of CI has the graphs below this and a few of the others whole, and of every
# graph the head of each tensor, which is drawn from the tensor's own stream by the same rule as its rest.
CI_BYTES = 100 << 20
HEAD = 1024  # elements


def digest_of_heads(graph, head):
    """Hashes what the graph's table says of each tensor, and its first elements: `head(initialiser)`."""
    digest = hashlib.blake2b(digest_size=16)
    for row in graph.initialisers():
        digest.update(f"{row.name} {row.dtype} {list(row.shape)} {row.offset} {row.bytes}\n".encode())
        digest.update(head(row))
    return digest.hexdigest()


def whole_graphs():
    """All small graphs, and a share of the large ones."""
    small, large = [], []
    for graph in benchmark.all_graphs():
        (small if graph.weight_bytes < CI_BYTES else large).append(graph)
    return small + share.share(large, 8)


def test_every_graph_has_hashes():
    names = {graph.name for graph in benchmark.all_graphs()}
    assert names == set(HASHES["weights"]) == set(HASHES["heads"])


@pytest.mark.parametrize("graph", benchmark.all_graphs(), ids=lambda graph: graph.name)
def test_heads_of_weights(graph):
    assert digest_of_heads(graph, lambda row: row.values(HEAD).tobytes()) == HASHES["heads"][graph.name]


@pytest.mark.parametrize("graph", whole_graphs(), ids=lambda graph: graph.name)
def test_weights(graph, tmp_path):
    weights = graph.make(tmp_path).with_suffix(".bin")
    data = np.memmap(weights, np.uint8, "r")
    weights.unlink()  # the mapping holds what may be a gigabyte
    assert hashlib.blake2b(data, digest_size=16).hexdigest() == HASHES["weights"][graph.name]
    # The heads that every run compares are those of these bytes.
    heads = digest_of_heads(graph, lambda row: data[row.offset :][: row.bytes].view(row.dtype)[:HEAD].tobytes())
    assert heads == HASHES["heads"][graph.name]


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
