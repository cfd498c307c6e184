# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All graphs and cases of test/models, the light models among them: values against ONNX Runtime on the CPU, two runs bit for bit, device
time.

Several processes at a time make weights and engines, run the references and compare; one has the GPU to itself while it measures. The
peer is torch on the same GPU where it has the model (peers.py), else ONNX Runtime's CPU time of the run that made the reference, beside
the other processes: a scale, not a contest.
"""

import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile
import time

from . import children
from .engines import Session, compile_model, on_gpu
from .report import failed, row

THREADS = 4  # of one reference
TIMEOUT, PEERS_TIMEOUT = 240, 150
SECONDS = 0.3  # of timing, per case


def run(options, report):
    import benchmark
    import light

    graphs = sorted(benchmark.all_graphs() + light.all_models(), key=lambda graph: graph.weight_bytes)
    workers = max(2, (os.cpu_count() or 1) // 2)  # most of a process is one thread: inputs, comparing
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(workers) as pool:
        jobs, peers = [], pool.submit(torch_peers) if on_gpu(options.target) else None
        for graph in graphs:
            cases = [*graph.cases, *(graph.extra_cases if options.extra else [])]
            cases = [case for case in cases if options.selects(f"{graph.name} {case}")]
            # A case waits for its graph's engine, which an earlier job makes: the pool starts jobs in this order.
            engine = pool.submit(make_engine, graph, pathlib.Path(folder), options.target) if cases else None
            jobs += [pool.submit(found_of, engine, graph, case, pathlib.Path(folder), options.target) for case in cases]
        for job in concurrent.futures.as_completed(jobs):
            report.add(row_of(*job.result(), peers.result() if peers else {}))


def torch_peers():
    """{"model case": milliseconds, "peer": their name}; empty without torch."""
    try:
        return children.call("peers", [], PEERS_TIMEOUT)
    except children.ChildError as error:
        print(f"no torch peers: {error}", flush=True)
        return {}


def make_engine(graph, folder, target):
    """(engine, what went wrong)."""
    engine = folder / f"{graph.name}.tenon"
    try:
        source = children.call("models", ["make", graph.name], TIMEOUT)
    except children.ChildError as error:
        return engine, f"weights: {error}"
    begin = time.monotonic()
    problem = compile_model(source, engine, target)
    print(f"{graph.name}: {f'compiling failed: {problem}' if problem else f'compiled in {time.monotonic() - begin:.1f} s'}", flush=True)
    return engine, "compiling failed" if problem else ""


def found_of(engine_job, graph, case, folder, target):
    """(case, what case_main found, what went wrong)."""
    engine, problem = engine_job.result()
    name = f"{graph.name} {case}"
    if problem:
        return name, None, problem
    try:
        return name, children.call("models", ["case", graph.name, case, engine, folder, target], TIMEOUT), ""
    except children.ChildError as error:
        return name, None, str(error)


def row_of(name, found, problem, times):
    if problem:
        return failed(name, problem)
    ok = found["error"] <= 1 and found["repeats"]
    message = found["message"] or ("" if found["repeats"] else "a second run gave other bits")
    graph, case = name.split(" ")
    peer, peer_name = times.get(f"{graph.split('.')[0]} {case}"), times.get("peer")
    if not peer:
        peer, peer_name = found["reference"], found["reference_name"]
    return row(name, found["milliseconds"], "ms", ok, peer, peer_name, error=f"{found['error']:.2g}", message=message)


def make_main(graph):
    """Writes the weights of a graph; prints where the model is."""
    import run as model_run

    return str(model_run.find_graph(graph).make())


def case_main(graph, case, engine, folder, target):
    """Runs ONNX Runtime once and Tenon twice, compares, and times."""
    import onnxruntime
    import run as model_run

    graph = model_run.find_graph(graph)
    reference, given = model_run.open_session(graph.make(), THREADS), graph.inputs(case)
    feeds = {value.name: given[value.name] for value in reference.get_inputs()}
    begin = time.perf_counter()
    names = [value.name for value in reference.get_outputs()]
    wanted = dict(zip(names, reference.run(None, feeds), strict=True))
    spent = (time.perf_counter() - begin) * 1e3
    del reference
    session = Session(engine, target)
    got, again = session.run(feeds), session.run(feeds)
    repeats = all(got[name].tobytes() == again[name].tobytes() for name in got)
    del again
    differences = differences_of(graph, case, got, wanted, feeds, pathlib.Path(folder), target)
    del got, wanted
    worst = max(differences, key=lambda name: differences[name].ratio)
    return {
        "error": differences[worst].ratio,
        "message": f"{worst}: {differences[worst].message}" if differences[worst].message else "",
        "repeats": repeats,
        "milliseconds": session.milliseconds(feeds, SECONDS),
        "reference": spent,
        "reference_name": f"onnxruntime {onnxruntime.__version__}, CPU, {THREADS} threads",
    }


def differences_of(graph, case, got, wanted, feeds, folder, target):
    """{what: Difference} of outputs from ONNX Runtime's, and from what the model's publisher ships."""
    import parts
    import run as model_run
    import tolerances

    if graph.name in parts.CUTS:
        return parts.compare_parts(
            graph, got, feeds, lambda path: model_run.open_session(path, THREADS), lambda path: opened(path, folder, target).run
        )
    found = {name: tolerances.compare(array, wanted[name]) for name, array in got.items()}
    shipped = graph.shipped_outputs(case)
    return found | {f"{name} as shipped": tolerances.compare(got[name], want) for name, want in shipped.items()}


def opened(path, folder, target):
    engine = folder / f"{path.stem}.part.tenon"
    if problem := compile_model(path, engine, target):
        raise SystemExit(f"compiling {path.name} failed: {problem}")
    return Session(engine, target)


if __name__ == "__main__":
    print(json.dumps({"make": make_main, "case": case_main}[sys.argv[1]](*sys.argv[2:])))
