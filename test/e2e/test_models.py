# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The benchmark cases that fit CI's time (test/models/ci-cases.txt): compiled, run, equal to ONNX Runtime within the tolerance."""

import functools
import json
import os
import subprocess
import sys

import benchmark
import onnx
import pytest
import run
import share
import tenon

CASES = [line.split(" ") for line in (benchmark.HERE / "ci-cases.txt").read_text().splitlines()]
# Every graph for three generations; CI takes a fifth with each commit (test/share.py). The weights of bert_large take a minute, and its
# layers are bert_base's: it is there with TENON_TESTS=all only.
GPU_CASES = [
    (graph.name, arch)
    for graph in benchmark.all_graphs()
    for arch in ("sm_80", "sm_90a", "sm_120")
    if not graph.name.startswith("bert_large") or share.takes_all()
]
# Models whose products are to run on tensor cores; CI takes a quarter.
TENSOR_CORE_CASES = [
    (name, precision)
    for name in ("bert_base.script", "vit_b_16.dynamo", "gpt2.dynamo", "llama_160m.script")
    for precision in ("fp16", "bf16", "tf32")
]
# Most are below 128; more than this of the 255 would mean a schedule that holds too much. ptxas keeps more of a convolution's addresses on sm_120,
# where one block of 256 threads is on a multiprocessor as with 129 registers.
MOST_REGISTERS = {"sm_80": 192, "sm_90a": 192, "sm_120": 224}
OPTIONS = run.parse(["--seconds=0", "--timeout=600"])


@functools.cache
def compiled(name):
    return run.compile_graph(run.find_graph(name), OPTIONS)


@pytest.mark.parametrize("name,case", CASES)
def test_case(name, case):
    engine, _, _ = compiled(name)
    assert engine, "compiling failed, see the output"
    row = run.run_apart(run.find_graph(name), case, engine, OPTIONS)
    assert row["ok"], row["message"]


def test_runs_give_equal_bits():
    """Two runs of an engine, and one of the engine loaded anew, on two threads."""
    engine, _, _ = compiled("squeezenet.script")
    feeds = run.find_graph("squeezenet.script").inputs("1")
    loaded = [tenon.load(engine, threads=2) for _ in range(2)]
    outputs = [{name: array.tobytes() for name, array in one(feeds).items()} for one in (loaded[0], *loaded)]
    assert outputs[0] and outputs[0] == outputs[1] == outputs[2]


@pytest.mark.parametrize("target", ["cpu", "cuda:sm_90a"])
def test_engine_does_not_depend_on_the_run(target, tmp_path):
    """Two compilations, with one thread and with three, give the same bytes."""
    graph, found = run.find_graph("squeezenet.script"), []
    for threads in (1, 3):
        engine = tmp_path / f"{threads}.tenon"
        command = [run.tenon_program(), "compile", graph.make(), "-o", engine, f"--target={target}", f"--compile-threads={threads}"]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        found.append(engine.read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize("name,arch", share.share(GPU_CASES, 5))
def test_gpu_kernels_stay_in_registers(name, arch, tmp_path):
    engine = tmp_path / "m.tenon"
    command = [run.tenon_program(), "compile", run.find_graph(name).make(), "-o", engine, f"--target=cuda:{arch}", "--json"]
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    engine.unlink()
    (code,) = json.loads(done.stdout)["report"]["assembly"]
    memory = ("spill_store_bytes", "spill_load_bytes", "stack_bytes")
    assert [kernel for kernel in code["kernels"] if any(kernel[key] for key in memory)] == []
    assert [kernel for kernel in code["kernels"] if not 0 < kernel["registers"] <= MOST_REGISTERS[arch]] == []


@pytest.mark.parametrize("name,precision", share.share(TENSOR_CORE_CASES, 4))
def test_products_run_on_tile_kernels(name, precision, tmp_path):
    """All MatMuls and Gemms, whatever follows them, and none spills. As tf32 those stay in float32 whose K only the run knows."""
    graph, engine = run.find_graph(name).make(), tmp_path / "m.tenon"
    command = [run.tenon_program(), "compile", graph, "-o", engine, "--target=cuda:sm_90a", f"--{precision}"]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    done = subprocess.run([run.tenon_program(), "inspect", str(engine), "--json"], check=True, capture_output=True, text=True)
    engine.unlink()
    kernels = json.loads(done.stdout)["targets"][0]["kernels"]
    assert [kernel for kernel in kernels if kernel["spill_store_bytes"] or kernel["stack_bytes"]] == []
    found = {node for kernel in kernels if kernel["name"].startswith("product_") for node in kernel["nodes"]}
    wanted = {node.name for node in onnx.load(graph, load_external_data=False).graph.node if node.op_type in ("MatMul", "Gemm")}
    # K is 1: positions times frequencies.
    wanted.discard("/m/model/rotary_emb/MatMul")
    assert found & wanted if precision == "tf32" else found >= wanted


def test_compile_times_are_rows(build, tmp_path):
    command = [sys.executable, benchmark.HERE / "compile_time.py", "lstm_tagger.script", "--count=1", "--json", tmp_path / "compile.json"]
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, "TENON_BUILD": str(build)}, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("2 passed, 0 failed\n"), done.stdout + done.stderr
    cpu, cuda = json.loads((tmp_path / "compile.json").read_text())["rows"]
    assert (cpu["case"], cuda["case"]) == ("lstm_tagger.script cpu", "lstm_tagger.script cuda:sm_90a")
    assert cpu["tenon"] > 0 and cpu["cpu_seconds"] > 0 and 0 < cuda["ptxas_share"] < 1


def test_memory_plan_is_near_its_bound(build):
    """plan.py fails where an arena is 1.2 times its bound."""
    command = [sys.executable, benchmark.HERE / "plan.py", "squeezenet.script 3"]
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, "TENON_BUILD": str(build)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("1 passed, 0 failed\n")
