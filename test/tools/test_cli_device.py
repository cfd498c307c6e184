# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--device and `tenon doctor` with the fake CUDA driver, which programs of the tool find as libcuda.so.1."""

import json
import os
import subprocess

import pytest


@pytest.fixture
def fake(build):
    return {**os.environ, "LD_LIBRARY_PATH": str(build / "test/fake")}


@pytest.fixture
def cuda_engine(build, tmp_path):
    """c = a + b for the fake driver."""
    (tmp_path / "module").write_text("a module of the fake driver")  # kFakeModule of test/runtime/cuda/FakeCuda.h
    subprocess.run([build / "test/bin/write-add-engine", tmp_path / "cuda.tenon", tmp_path / "module"], check=True)
    return tmp_path / "cuda.tenon"


@pytest.mark.parametrize("device", [[], ["--device=cuda"], ["--device=cuda:0"]])
def test_runs_on_the_gpu(tenon, fake, cuda_engine, device):
    done = tenon("run", cuda_engine, "--shapes=a:20,b:20", "--json", *device, env=fake)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outputs"][0]["dims"] == [20]


def test_bench_times_kernels_on_the_gpu(tenon, fake, cuda_engine):
    done = tenon(
        "bench", cuda_engine, "--shapes=a:20,b:20", "--duration=0", "--iterations=3", "--warmUp=0", "--dumpProfile", "--json", env=fake
    )
    assert done.returncode == 0, done.stderr
    assert [row["name"] for row in json.loads(done.stdout)["profile"]] == ["add"]


def test_bench_has_the_metrics_of_trtexec(tenon, fake, cuda_engine):
    flags = ["bench", cuda_engine, "--shapes=a:20,b:20", "--duration=0", "--iterations=3", "--warmUp=0", "--device=0"]
    report = json.loads(tenon(*flags, "--json", env=fake).stdout)
    metrics = ["latencyMs", "enqueueTimeMs", "h2dLatencyMs", "gpuComputeTimeMs", "d2hLatencyMs"]
    assert all(report[name]["min"] <= report[name]["median"] <= report[name]["max"] for name in metrics)
    assert report["enqueueTimeMs"]["min"] <= report["latencyMs"]["min"]
    text = tenon(*flags, "--noDataTransfers", env=fake).stdout
    assert [line.split(": min = ")[0] for line in text.splitlines() if ": min = " in line] == [
        "Latency",
        "Enqueue Time",
        "GPU Compute Time",
    ]


def test_devices_that_do_not_fit(tenon, fake, cuda_engine, add_engine):
    assert "the engine has no code for the CPU" in tenon("run", cuda_engine, "--device=cpu", env=fake).stderr
    assert "the engine has no code for CUDA devices" in tenon("run", add_engine, "--device=cuda", env=fake).stderr
    assert "there is no CUDA device 3: the driver sees 1" in tenon("run", cuda_engine, "--device=cuda:3", env=fake).stderr
    for name in ("gpu", "cuda:x", "cuda:"):
        done = tenon("run", add_engine, f"--device={name}")
        assert done.returncode == 2
        assert f"--device expects cpu, cuda or cuda:N, got '{name}'" in done.stderr
    assert "no NVIDIA driver: libcuda.so.1 was not found" in tenon("run", cuda_engine).stderr


def test_doctor_describes_gpus(tenon, fake):
    findings = {row["name"]: row for row in json.loads(tenon("doctor", "--json", env=fake).stdout)["findings"]}
    assert findings["gpu"] == {"name": "gpu", "value": "CUDA 13.0 driver, Fake GPU (sm_90, 1.0 GiB, 1.0 GiB free)", "ok": True}
