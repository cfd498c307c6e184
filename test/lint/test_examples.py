# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples in the documentation of every op and pass parse and verify."""

import os
import pathlib

import examples
import pytest
from common import Tree

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPT = pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev")) / "bin/tenon-opt"


def collect():
    found = []
    for _, name, _, record in examples.documented(Tree(ROOT)):
        for number, text in enumerate(examples.fragments(record or {})):
            found.append(examples.Example(f"{name}-{number}", text))
    return found


EXAMPLES = collect()


@pytest.fixture(scope="module")
def parsed():
    examples.parse_all(EXAMPLES, OPT)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_example_parses(example, parsed):
    assert not example.error, f"{example.error}\n{example.source()}"


def test_broken_example_is_an_error():
    broken = examples.Example("broken", "%0 = infer.constant dense<1.0> : tensor<2xnonsense>")
    wrong = examples.Example("wrong", "plan.guard %ok")
    good = examples.Example("good", "infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>")
    examples.parse_all([broken, wrong, good], OPT)
    assert broken.error and wrong.error and not good.error
    assert good.types == {"x": "tensor<?xf32>", "n": "index"}
