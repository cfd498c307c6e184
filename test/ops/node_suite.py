# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The life of each op from ONNX to values: the cases of onnx's backend node suite, compiled, run and compared with the suite's values.

    python test/ops/node_suite.py [--only SUBSTRING] [--form FORM ...] [--out RESULTS.json] [--refused test/ops/refused.json]

prints a line per case that does not pass; --refused writes the reasons of a run of all cases. A case has up to three forms:

- `fed`: the suite's model as it is. What gives shapes and places (a Reshape's shape, a Slice's starts) is an input, so that the host reads it.
- `known`: such inputs are initialisers, as models have them.
- `open`: as `known`, and every dim of every input has a name of its own: no size is known when the model is compiled.
"""

import argparse
import collections
import functools
import json
import multiprocessing
import pathlib
import re
import sys
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tolerances import compare

FORMS = ("fed", "known", "open")
# Inputs that give shapes and places: models hold them as constants, the suite feeds them.
CONSTANTS = set("axes axis shape scales sizes roi starts ends steps repeats pads split depth start limit delta k K".split())


@functools.cache
def cases():
    """{name: case} of the suite, made in memory."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {case.name: case for case in collect_testcases(None)}


def to_array(value):
    if value is None or isinstance(value, (list, tuple)):
        raise NotImplementedError("not a tensor")
    return value if isinstance(value, np.ndarray) else numpy_helper.to_array(value) if hasattr(value, "dims") else np.asarray(value)


def ops_of(case):
    """The ops of the case's model, `_expanded` cases hold those of a function body."""
    return {node.op_type for node in case.model.graph.node}


def known_inputs(case):
    """Positions of the inputs that the form `known` makes initialisers."""
    values = case.data_sets[0][0]
    return [
        i for i, info in enumerate(case.model.graph.input) if info.name in CONSTANTS and isinstance(values[i], (np.ndarray, np.generic))
    ]


def has_form(case, form):
    if form == "known":
        return bool(known_inputs(case))
    kept = set(range(len(case.model.graph.input))) - set(known_inputs(case))
    return form == "fed" or any(case.model.graph.input[i].type.tensor_type.shape.dim for i in kept)


def in_form(case, form):
    """(model, positions of the inputs that are left)."""
    model = onnx.ModelProto.FromString(case.model.SerializeToString())
    constant = set(known_inputs(case)) if form != "fed" else set()
    infos, values = list(model.graph.input), case.data_sets[0][0]
    left = [i for i in range(len(infos)) if i not in constant]
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(values[i]), infos[i].name) for i in sorted(constant))
    kept = [onnx.ValueInfoProto.FromString(infos[i].SerializeToString()) for i in left]
    if form == "open":
        for i, info in zip(left, kept, strict=True):
            for axis, dim in enumerate(info.type.tensor_type.shape.dim):
                dim.dim_param = f"i{i}d{axis}"
    del model.graph.input[:]
    model.graph.input.extend(kept)
    if form == "open":
        for output in model.graph.output:
            output.type.tensor_type.ClearField("shape")
    return model, left


def run_case(case, form):
    """Compiles and runs; raises tenon.CompileError for a refused model, AssertionError for a wrong value."""
    import tenon

    model, left = in_form(case, form)
    engine = tenon.compile(model, threads=1, compile_threads=1)
    for inputs, outputs in case.data_sets:
        names = [info.name for info in case.model.graph.input]
        results = engine({names[i]: np.asarray(to_array(inputs[i]), order="C") for i in left})
        for got, value in zip(results.values(), outputs, strict=True):
            want = np.asarray(to_array(value))
            difference = compare(got, want)
            # The suite's own tolerance may be the wider one: some of its values were computed in another precision.
            close = difference.ok or (
                got.shape == want.shape
                and got.dtype == want.dtype
                and np.isclose(got.astype(np.float64), want.astype(np.float64), rtol=case.rtol, atol=case.atol, equal_nan=True).all()
            )
            assert close, difference.message


def outcome(name, form):
    try:
        run_case(cases()[name], form)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0][:300] if str(error).strip() else ''}"
    return "ok"


def reason_of(result):
    """The part of an outcome that many cases have in common: the error's text without names, operands and numbers."""
    kind, _, text = result.partition(": ")
    if kind == "AssertionError":
        return text
    text = re.sub(r"^error\[[\w-]+\]: |(?<=]: )?node '[^']*' (\(\): )?|value '[^']*': |(in|out)put '[^']*': ", "", text)
    return re.split(r" \(operands: |; see current operation| \d|, got ", text)[0].strip()


def refused(found):
    """{reason: cases}, as refused.json has it: a case by its name alone if all of its forms are refused for one reason."""
    forms = collections.defaultdict(dict)
    for (name, form), result in found.items():
        forms[name][form] = result
    reasons = collections.defaultdict(list)
    for name, results in forms.items():
        if len(said := set(map(reason_of, results.values()))) == 1 and set(results.values()) != {"ok"}:
            reasons[said.pop()].append(name)
            continue
        for form, result in results.items():
            if result != "ok":
                reasons[reason_of(result)].append(f"{name} {form}")
    return {reason: sorted(reasons[reason]) for reason in sorted(reasons)}


def worker(tasks, results):
    for task in iter(tasks.get, None):
        results.put((task, None))
        results.put((task, outcome(*task)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="part of the case's name")
    parser.add_argument("--form", action="append", choices=FORMS)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--refused", type=pathlib.Path)
    options = parser.parse_args()
    tasks = [
        (name, form) for name, case in cases().items() if options.only in name for form in options.form or FORMS if has_form(case, form)
    ]
    found = {}
    # A process of its own runs the cases: one that crashes is a failed case, and the next process goes on.
    while left := [task for task in tasks if task not in found]:
        queue, results = multiprocessing.Queue(), multiprocessing.Queue()
        for task in [*left, None]:
            queue.put(task)
        process = multiprocessing.Process(target=worker, args=(queue, results), daemon=True)
        process.start()
        begun = None
        while len(found) < len(tasks):
            try:
                task, result = results.get(timeout=1)
            except Exception:
                if process.is_alive():
                    continue
                found[begun or left[0]] = f"crash: exit status {process.exitcode}"
                print(*(begun or left[0]), found[begun or left[0]], flush=True)
                break
            begun = task
            if result is not None:
                found[task], begun = result, None
                if result != "ok":
                    print(*task, result, flush=True)
        process.terminate()
    counts = collections.Counter(result.split(":")[0] for result in found.values())
    print(dict(counts))
    if options.refused:
        options.refused.write_text(json.dumps(refused(found), indent=1) + "\n")
    if options.out:
        options.out.write_text(json.dumps({f"{name} {form}": result for (name, form), result in found.items()}, indent=1))


if __name__ == "__main__":
    main()
