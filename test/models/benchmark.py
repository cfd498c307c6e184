#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The benchmark models: graphs of real exporters without their weights, which a seed brings back byte for byte.

    benchmark.py list                      graphs, their sizes and cases
    benchmark.py make GRAPH... [--all]     writes GRAPH.onnx and GRAPH.bin into build/models/GRAPH (once)
    benchmark.py feed GRAPH CASE FOLDER    writes the inputs of a case as input_0.pb, input_1.pb ... (TensorProto) and *.npy

A graph is `<model>.<exporter>`: resnet50.script and resnet50.dynamo are one model through PyTorch's two exporters. Beside each
graph a table lists its large initialisers with the mean and deviation that training code starts them with; cases.json says per
model what each input holds and the shapes of each case. Every array has its own random stream, keyed by its name alone.
"""

import argparse
import dataclasses
import functools
import hashlib
import json
import os
import pathlib
import shutil
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
GRAPHS = HERE / "graphs"
CACHE = pathlib.Path(os.environ.get("TENON_MODELS", HERE.parents[1] / "build/models"))
# Tensors that start constant (normalisation scales, running statistics) are spread by this share of their value, at most three
# times over, so that folding them wrongly shows.
SPREAD, SPREAD_LIMIT = np.float32(0.1), 3


def random_stream(key):
    """A generator whose numbers depend on `key` alone, on every machine and version of numpy."""
    digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


@dataclasses.dataclass(frozen=True)
class Initialiser:
    """One tensor of a graph's external data: where its bytes lie and how its values are distributed."""

    name: str
    dtype: str
    shape: list
    offset: int
    bytes: int
    mean: float
    std: float
    positive: bool

    def values(self, most=None):
        """All values, or the first `most` of them: a stream gives the same numbers however many are taken."""
        count = int(np.prod(self.shape, dtype=np.int64))
        normal = random_stream(self.name).standard_normal(count if most is None else min(most, count), dtype=np.float32)
        mean, deviation = np.float32(self.mean), np.float32(self.std)
        if deviation:
            values = mean + deviation * normal
        else:
            unit = abs(mean) if mean else np.float32(1)
            values = mean + SPREAD * unit * np.clip(normal, -SPREAD_LIMIT, SPREAD_LIMIT)
        if self.positive and mean > 0:
            values = np.abs(values)
        return values.astype(self.dtype)


@dataclasses.dataclass(frozen=True)
class Graph:
    """One exported graph and the cases it is run with."""

    name: str

    @property
    def model(self):
        return self.name.split(".")[0]

    @property
    def source(self):
        return GRAPHS / f"{self.name}.onnx"

    @functools.cached_property
    def table(self):
        return json.loads((GRAPHS / f"{self.name}.json").read_text())

    @property
    def weight_bytes(self):
        return self.table["bytes"]

    @property
    def cases(self):
        return list(case_table()[self.model]["cases"])

    @property
    def extra_cases(self):
        """Batch sizes and lengths beyond the benchmark's."""
        return list(extra_table().get(self.model, {}))

    def shipped_outputs(self, _case):
        """What the model's publisher says that a case gives: nothing, ONNX Runtime is the reference."""
        return {}

    def initialisers(self):
        return [Initialiser(**row) for row in self.table["tensors"]]

    def make(self, cache=CACHE):
        """The path of the graph with its weights beside it; made once, and whole or not at all."""
        folder = cache / self.name
        graph, weights = folder / self.source.name, folder / f"{self.name}.bin"
        if not (graph.exists() and weights.exists() and weights.stat().st_size == self.weight_bytes):
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = folder / f".{os.getpid()}.tmp"
            with open(unfinished, "wb") as file:
                file.truncate(self.weight_bytes)
                for initialiser in self.initialisers():
                    file.seek(initialiser.offset)
                    file.write(initialiser.values().data)
            unfinished.rename(weights)
            shutil.copyfile(self.source, graph)
        return graph

    def inputs(self, case):
        """{input name: array} of one case."""
        fillers = case_table()[self.model]["inputs"]
        shapes = {**extra_table().get(self.model, {}), **case_table()[self.model]["cases"]}[case]
        stream = random_stream(f"{self.model}/{case}")
        feeds = {}
        for name, shape in shapes.items():  # drawn in the table's order
            kind, _, argument = fillers[name].partition(":")
            feeds[name] = FILLERS[kind](stream, shape, argument)
        return feeds


@functools.cache
def case_table():
    return json.loads((HERE / "cases.json").read_text())


@functools.cache
def extra_table():
    return json.loads((HERE / "extra-cases.json").read_text())


def position_ids(stream, shape, _):
    batch, count, first = shape
    return np.broadcast_to(np.arange(first, first + count, dtype=np.int64), (batch, count)).copy()


FILLERS = {
    "normal": lambda stream, shape, _: stream.standard_normal(shape, dtype=np.float32),
    "uniform": lambda stream, shape, _: stream.random(shape, dtype=np.float32),
    "ids": lambda stream, shape, limit: stream.integers(0, int(limit), shape, dtype=np.int64),
    "ones": lambda stream, shape, _: np.ones(shape, np.int64),
    "zeros": lambda stream, shape, _: np.zeros(shape, np.int64),
    "positions": position_ids,
}


def all_graphs():
    return [Graph(path.name.removesuffix(".onnx")) for path in sorted(GRAPHS.glob("*.onnx"))]


def find_graph(name):
    """The graph called `name`; SystemExit with the known names if there is none."""
    known = {graph.name: graph for graph in all_graphs()}
    if name not in known:
        raise SystemExit(f"expected a graph of {', '.join(known)}; got '{name}'")
    return known[name]


def write_inputs(graph, case, folder):
    from onnx import numpy_helper

    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, array) in enumerate(graph.inputs(case).items()):
        (folder / f"input_{number}.pb").write_bytes(numpy_helper.from_array(array, name).SerializeToString())
        np.save(folder / f"{name}.npy", array)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    make = commands.add_parser("make")
    make.add_argument("graphs", nargs="*")
    make.add_argument("--all", action="store_true")
    make.add_argument("--cache", type=pathlib.Path, default=CACHE)
    feed = commands.add_parser("feed")
    feed.add_argument("graph")
    feed.add_argument("case")
    feed.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()

    if options.command == "list":
        for graph in all_graphs():
            print(f"{graph.name:22} {graph.weight_bytes / 2**20:7.1f} MB  {' '.join(graph.cases)}")
    elif options.command == "make":
        for graph in all_graphs() if options.all else map(find_graph, options.graphs):
            print(graph.make(options.cache))
    else:
        graph = find_graph(options.graph)
        if options.case not in graph.cases:
            raise SystemExit(f"expected a case of {', '.join(graph.cases)}; got '{options.case}'")
        write_inputs(graph, options.case, options.folder)


if __name__ == "__main__":
    sys.exit(main())
