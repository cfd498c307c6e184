# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models compiled with --fp16 and --tf32 beside the same in float32: values against ONNX Runtime under float16's tolerance, and what it saves.

Times are the clock's, from the call to the result with inputs and outputs in device memory: what a caller waits for.
"""

import json
import pathlib
import sys
import tempfile

from . import children
from .engines import Session, compile_model
from .latency import steps
from .report import failed, row

GRAPHS = ("bert_base.script", "vit_b_16.dynamo", "gpt2.dynamo", "llama_160m.script", "bert_large.dynamo", "resnet50.script")
LARGE = {
    "bert_base.script 32x128",
    "vit_b_16.dynamo 32",
    "gpt2.dynamo 8x1024",
    "bert_large.dynamo 32x384",
    "resnet50.script 32",
    "resnet50.script 128",
}
TIMEOUT, THREADS, COUNT = 300, 4, 20


SHORT = ("fp16", "tf32")  # one length of fraction


def run(options, report):
    import benchmark

    for name in GRAPHS:
        # The reference of large batches takes minutes.
        cases = [case for case in benchmark.find_graph(name).cases if f"{name} {case}" not in LARGE]
        wanted = {case: [short for short in SHORT if options.selects(f"{name} {case} {short}")] for case in cases}
        chosen = [
            precision for precision in ("fp32", *SHORT) if precision == "fp32" or any(precision in kinds for kinds in wanted.values())
        ]
        if len(chosen) == 1:
            continue
        with tempfile.TemporaryDirectory() as folder:
            problem = ""
            for precision in chosen:
                engine = pathlib.Path(folder) / f"{precision}.tenon"
                problem = problem or compile_model(benchmark.find_graph(name).make(), engine, options.target, f"--precision={precision}")
            for case, kinds in wanted.items():
                for result in rows_of(name, case, kinds, folder, options.target, problem) if kinds else []:
                    report.add(result)


def rows_of(name, case, kinds, folder, target, problem):
    titles = {short: f"{name} {case} {short}" for short in kinds}
    if problem:
        return [failed(title, f"compiling failed: {problem}") for title in titles.values()]
    try:
        found = children.call("precision", [name, case, folder, target, *kinds], TIMEOUT)
    except children.ChildError as error:
        return [failed(title, str(error)) for title in titles.values()]
    return [row_of(title, found[short], found["fp32"]) for short, title in titles.items()]


def row_of(title, short, long):
    message = f"{short['error']:.2g} of float16's tolerance against ONNX Runtime; in float32 {long['error']:.2g} of float32's"
    return row(title, short["milliseconds"], "ms", short["error"] <= 1, long["milliseconds"], "tenon fp32, same run", error=message)


def main(name, case, folder, target, *kinds):
    import benchmark
    import run as model_run
    import tolerances

    graph = benchmark.find_graph(name)
    reference, given = model_run.open_session(graph.make(), THREADS), graph.inputs(case)
    feeds = {value.name: given[value.name] for value in reference.get_inputs()}
    wanted = dict(zip([value.name for value in reference.get_outputs()], reference.run(None, feeds), strict=True))
    found = {}
    for precision in (*kinds, "fp32"):
        session = Session(f"{folder}/{precision}.tenon", target)
        got = session.run(feeds)
        rows = {key: "float16" if precision in SHORT and want.dtype == "float32" else None for key, want in wanted.items()}
        errors = [tolerances.compare(got[key], want, dtype=rows[key]).ratio for key, want in wanted.items()]
        work = session.prepared(feeds)
        for _ in range(3):
            work()
        found[precision] = {"error": max(errors), "milliseconds": steps(session, work, COUNT) / 1e3}
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
