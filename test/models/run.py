#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs the benchmark models, compares each case with ONNX Runtime, and times both in the same run.

    run.py --ci                        the cases that CI runs (ci-cases.txt)
    run.py --all [--extra]             every case of all graphs (and batch sizes and lengths that the cases do not list)
    run.py --light --json docs/results/cpu/light.json    the light models of the onnx package (light.py)
    run.py resnet50.script "bert_base.script 1x128"
    run.py ... --json docs/results/cpu/models.json    merges the rows into a results file

Every case runs in a process of its own: a crash is one failed row. Times are medians of interleaved runs, milliseconds.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import benchmark
import light
import parts
from tolerances import compare

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tenon_program():
    return pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev")) / "bin/tenon"


def compile_graph(graph, options, *flags, folder=None):
    """(path of the engine, seconds, peak bytes of the compiler); the engine is None if compiling failed. It is written beside the model, or
    to `folder`, where no other test looks for an engine with other flags."""
    source = graph.make()
    on_cpu = options.target == "cpu"
    engine = (folder or source.parent) / f"{graph.name}.{options.cpu if on_cpu else options.target.replace(':', '-')}.tenon"
    engine.unlink(missing_ok=True)
    target = f"--cpu={options.cpu}" if on_cpu else f"--target={options.target}"
    command = [tenon_program(), "compile", source, "-o", engine, target, "--progress=none", *flags]
    start = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status or not engine.exists():
        print(f"{graph.name}: compiling failed with status {os.waitstatus_to_exitcode(status)}\n{errors.strip()[:4000]}", flush=True)
        return None, seconds, usage.ru_maxrss << 10
    return engine, seconds, usage.ru_maxrss << 10


def time_both(runs, seconds):
    """Median milliseconds of each function; calls alternate until `seconds` have passed, at least once each."""
    times = [[] for _ in runs]
    end = time.perf_counter() + seconds
    while True:
        for function, taken in zip(runs, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append((time.perf_counter() - start) * 1e3)
        if time.perf_counter() >= end:
            return [statistics.median(taken) for taken in times]


def open_session(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def compare_outputs(graph, case, engine, session, feeds, options):
    """{what: Difference} of the engine's outputs from the reference's."""
    import tenon

    got = engine(feeds)
    if graph.name in parts.CUTS:
        return parts.compare_parts(
            graph,
            got,
            feeds,
            sessions=lambda path: open_session(path, options.threads),
            compiled=lambda path: tenon.compile(path, cpu=options.cpu, threads=options.threads),
        )
    names = [value.name for value in session.get_outputs()]
    differences = {name: compare(got[name], want) for name, want in zip(names, session.run(None, feeds), strict=True)}
    shipped = graph.shipped_outputs(case)
    return differences | {f"{name} as shipped": compare(got[name], want) for name, want in shipped.items()}


def run_case(graph, case, engine_path, options):
    """The row of one case, in this process."""
    import onnxruntime
    import tenon

    session = open_session(graph.make(), options.threads)
    engine = tenon.load(engine_path, threads=options.threads)
    feeds = graph.inputs(case)
    feeds = {value.name: feeds[value.name] for value in session.get_inputs()}
    differences = compare_outputs(graph, case, engine, session, feeds, options)
    worst = max(differences, key=lambda name: differences[name].ratio)
    ours, peer = time_both([lambda: engine(feeds), lambda: session.run(None, feeds)], options.seconds)
    return {
        "case": f"{graph.name} {case}",
        "tenon": round(ours, 3),
        "peer": round(peer, 3),
        "peer_name": f"onnxruntime {onnxruntime.__version__}, {options.threads} threads",
        "unit": "ms",
        "ratio": round(peer / ours, 3),
        "ok": all(difference.ok for difference in differences.values()),
        "error": f"{differences[worst].ratio:.2g}",
        "message": f"{worst}: {differences[worst].message}" if differences[worst].message else "",
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
    }


def run_apart(graph, case, engine, options):
    """run_case in a child process; a crash or time-out becomes a failed row."""
    command = [
        sys.executable,
        __file__,
        "--one",
        graph.name,
        case,
        str(engine),
        f"--cpu={options.cpu}",
        f"--threads={options.threads}",
        f"--seconds={options.seconds}",
    ]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'python'}:{os.environ.get('PYTHONPATH', '')}"}
    failed = {"case": f"{graph.name} {case}", "tenon": None, "peer": None, "peer_name": "", "unit": "ms", "ratio": None, "ok": False}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=options.timeout, check=False)
    except subprocess.TimeoutExpired:
        return {**failed, "error": "-", "message": f"no result in {options.timeout} s"}
    if done.returncode:
        tail = (done.stderr.strip().splitlines() or [""])[-1]
        return {**failed, "error": "-", "message": f"status {done.returncode}: {tail}"}
    return json.loads(done.stdout.splitlines()[-1])


# What some rows say besides.
MORE_KEYS = ("cpu_seconds", "ptxas_share")


def write_results(path, rows):
    """Merges rows into a results file: a row replaces the older one of its case."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = json.loads(path.read_text())["rows"] if path.exists() else []
    keys = ("case", "tenon", "peer", "peer_name", "unit", "ratio", "ok")
    merged = {row["case"]: row for row in old} | {row["case"]: {key: row[key] for key in (*keys, *MORE_KEYS) if key in row} for row in rows}
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    head = {"date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": commit, "device": processor(), "driver": "cpu"}
    body = ",\n".join("  " + json.dumps(merged[case]) for case in sorted(merged))
    path.write_text(json.dumps(head)[:-1] + ', "rows": [\n' + body + "\n]}\n")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def find_graph(name):
    return next((model for model in light.all_models() if model.name == name), None) or benchmark.find_graph(name)


def labels(graph, cases):
    return [f"{graph.name} {case}" for case in cases]


def selected(options):
    """{graph: [case]} in the order of the graphs."""
    wanted = list(options.what)
    if options.ci:
        wanted += (benchmark.HERE / "ci-cases.txt").read_text().splitlines()
    graphs = benchmark.all_graphs() + light.all_models()
    known = {name for graph in graphs for name in (graph.name, *labels(graph, [*graph.cases, *graph.extra_cases]))}
    if unknown := [name for name in wanted if name not in known]:
        raise SystemExit(f"unknown graph or case: {', '.join(unknown)} (benchmark.py list shows them)")
    chosen = {}
    for graph in graphs:
        cases = [*graph.cases, *(graph.extra_cases if options.extra else [])]
        everything = options.light if isinstance(graph, light.LightModel) else options.all
        if not everything and graph.name not in wanted:
            cases = [case for case in [*graph.cases, *graph.extra_cases] if f"{graph.name} {case}" in wanted]
        if cases:
            chosen[graph] = cases
    return chosen


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help='graphs, or "GRAPH CASE"')
    parser.add_argument("--ci", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--extra", action="store_true")
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--cpu", default="native", help="x86-64-v3, x86-64-v4 or native (default)")
    parser.add_argument("--target", default="cpu", help="what to compile for; only cpu runs here, tools/gpu-check runs the others")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="timing per case, after the first run")
    parser.add_argument("--timeout", type=float, default=900, help="seconds per case")
    parser.add_argument("--one", nargs=3, metavar=("GRAPH", "CASE", "ENGINE"), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    if options.one:
        print(json.dumps(run_case(find_graph(options.one[0]), options.one[1], options.one[2], options)))
        return 0
    rows = []
    print(f"{'case':32} {'tenon ms':>10} {'peer ms':>10} {'ratio':>6}  {'error':>7}  result")
    for graph, cases in selected(options).items():
        engine, seconds, peak = compile_graph(graph, options)
        print(
            f"{graph.name}: compiled in {seconds:.1f} s, peak {peak / 2**20:.0f} MB, weights {graph.weight_bytes / 2**20:.0f} MB",
            flush=True,
        )
        for case in cases if engine else []:
            rows.append(run_apart(graph, case, engine, options))
            row = rows[-1]
            numbers = f"{row['tenon']:10.2f} {row['peer']:10.2f} {row['ratio']:6.2f}" if row["ratio"] else f"{'-':>10} {'-':>10} {'-':>6}"
            print(f"{row['case']:32} {numbers}  {row['error']:>7}  {'ok' if row['ok'] else 'FAILED'} {row['message']}", flush=True)
        if not engine:
            rows += [
                {"case": f"{graph.name} {case}", "tenon": None, "peer": None, "peer_name": "", "unit": "ms", "ratio": None, "ok": False}
                for case in cases
            ]
    if options.json:
        write_results(options.json, rows)
    failed = sum(not row["ok"] for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
