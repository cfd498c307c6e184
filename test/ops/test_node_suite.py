# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""onnx's node suite from ONNX to values: every case runs in its most general form that compiles, and every refused form is refused as
refused.json says. All forms of all cases: `python test/ops/node_suite.py`, some minutes.
"""

import json
import pathlib

import node_suite
import pytest
import tenon

# Reason, as a part of the error's text -> the cases: "name" for all of its forms, or "name form".
REFUSED = {
    case: reason for reason, cases in json.loads(pathlib.Path(__file__).with_name("refused.json").read_text()).items() for case in cases
}
# From the most general form to the one that knows most.
ORDER = ("open", "fed", "known")


def refusal(name, form):
    return REFUSED.get(name, REFUSED.get(f"{name} {form}"))


def forms(name):
    return [form for form in ORDER if node_suite.has_form(node_suite.cases()[name], form)]


RUNNING = [
    (name, next(form for form in forms(name) if not refusal(name, form)))
    for name in node_suite.cases()
    if any(not refusal(name, form) for form in forms(name))
]
ALL_REFUSED = [(name, form) for name in node_suite.cases() for form in forms(name) if refusal(name, form)]


@pytest.mark.parametrize("name,form", RUNNING)
def test_values(name, form):
    node_suite.run_case(node_suite.cases()[name], form)


@pytest.mark.parametrize("name,form", ALL_REFUSED)
def test_refusals(name, form):
    """A case that is listed and passes fails here: take it off the list."""
    with pytest.raises((tenon.CompileError, tenon.RunError, AssertionError)) as error:
        node_suite.run_case(node_suite.cases()[name], form)
    assert refusal(name, form) in str(error.value)


def test_only_cases_of_the_suite_are_listed():
    known = {entry for name in node_suite.cases() for entry in (name, *(f"{name} {form}" for form in forms(name)))}
    assert set(REFUSED) <= known
