# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All graphs and cases of test/models, the light models among them: values against ONNX Runtime on the CPU, two runs bit for bit, device
time.

Several processes at a time make weights, engines and references and compare; one has the GPU to itself while it measures. The
peer is torch on the same GPU where it has the model (peers.py), else ONNX Runtime's CPU time of the run that made the reference, beside
the other processes: a scale, not a contest.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
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
    workers = max(2, (os.cpu_count() or 1) // 3)  # one with a reference of several threads waits on one that compares
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
    """(case, what case_main found, the reference's description, what went wrong)."""
    engine, problem = engine_job.result()
    name, place = f"{graph.name} {case}", folder / f"{graph.name}.{case}"
    if problem:
        return name, None, None, problem
    place.mkdir()
    try:
        reference = children.call("models", ["reference", graph.name, case, place], TIMEOUT)
        return name, children.call("models", ["case", graph.name, case, engine, place, target], TIMEOUT), reference, ""
    except children.ChildError as error:
        return name, None, None, str(error)
    finally:
        shutil.rmtree(place)  # references are large


def row_of(name, found, reference, problem, times):
    if problem:
        return failed(name, problem)
    ok = found["error"] <= 1 and found["repeats"]
    message = found["message"] or ("" if found["repeats"] else "a second run gave other bits")
    graph, case = name.split(" ")
    peer, peer_name = times.get(f"{graph.split('.')[0]} {case}"), times.get("peer")
    if not peer:
        peer, peer_name = reference["milliseconds"], reference["peer"]
    return row(name, found["milliseconds"], "ms", ok, peer, peer_name, error=f"{found['error']:.2g}", message=message)


def make_main(graph):
    """Writes the weights of a graph; prints where the model is."""
    import run as model_run

    return str(model_run.find_graph(graph).make())


def reference_main(graph, case, place):
    """Runs ONNX Runtime; writes output N to N.npy."""
    import numpy as np
    import onnxruntime
    import run as model_run

    graph = model_run.find_graph(graph)
    session = model_run.open_session(graph.make(), THREADS)
    given = graph.inputs(case)
    feeds = {value.name: given[value.name] for value in session.get_inputs()}
    begin = time.perf_counter()
    outputs = session.run(None, feeds)
    milliseconds = (time.perf_counter() - begin) * 1e3
    for index, output in enumerate(outputs):
        np.save(f"{place}/{index}.npy", output)
    return {"milliseconds": milliseconds, "peer": f"onnxruntime {onnxruntime.__version__}, CPU, {THREADS} threads"}


def case_main(graph, case, engine, place, target):
    """Runs Tenon twice, compares with the reference, and times."""
    import run as model_run

    graph = model_run.find_graph(graph)
    session = Session(engine, target)
    given = graph.inputs(case)
    feeds = {value.name: given[value.name] for value in session.engine.inputs}
    got, again = session.run(feeds), session.run(feeds)
    repeats = all(got[name].tobytes() == again[name].tobytes() for name in got)
    del again
    differences = differences_of(graph, case, got, feeds, place, target)
    del got
    worst = max(differences, key=lambda name: differences[name].ratio)
    message = f"{worst}: {differences[worst].message}" if differences[worst].message else ""
    milliseconds = session.milliseconds(feeds, SECONDS)
    return {"error": differences[worst].ratio, "message": message, "repeats": repeats, "milliseconds": milliseconds}


def differences_of(graph, case, got, feeds, place, target):
    """{what: Difference} of outputs from the reference's files, and from what the model's publisher ships."""
    import numpy as np
    import parts
    import run as model_run
    import tolerances

    if graph.name in parts.CUTS:
        return parts.compare_parts(
            graph,
            got,
            feeds,
            lambda path: model_run.open_session(path, THREADS),
            lambda path: opened(path, pathlib.Path(place), target).run,
        )
    found = {
        name: tolerances.compare(array, np.load(f"{place}/{index}.npy", mmap_mode="r")) for index, (name, array) in enumerate(got.items())
    }
    shipped = graph.shipped_outputs(case)
    return found | {f"{name} as shipped": tolerances.compare(got[name], want) for name, want in shipped.items()}


def opened(path, place, target):
    engine = place / "part.tenon"
    if problem := compile_model(path, engine, target):
        raise SystemExit(f"compiling {path.name} failed: {problem}")
    return Session(engine, target)


if __name__ == "__main__":
    print(json.dumps({"make": make_main, "reference": reference_main, "case": case_main}[sys.argv[1]](*sys.argv[2:])))
