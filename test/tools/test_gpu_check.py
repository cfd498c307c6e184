# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tools/gpu-check where no GPU is: its models, its report, its children, and the suites on the CPU."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import pytest
import share
import tenon as package
import tolerances

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from gpu_check import children, families, gpu, memory, report  # noqa: E402


def gpu_check(build, out, *arguments):
    command = [sys.executable, ROOT / "tools/gpu-check", *arguments, "--bundle", build, "--out", out]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def rows(path):
    data = json.loads(path.read_text())
    assert {"date", "commit", "device", "driver"} < data.keys()
    assert all(set(report.KEYS) <= row.keys() for row in data["rows"])
    return {row["case"]: row for row in data["rows"]}


@pytest.mark.parametrize("name", families.BODIES)
def test_family_is_a_valid_model(name):
    onnx.checker.check_model(families.model(name), full_check=True)


@pytest.mark.parametrize("name", share.share(families.BODIES, 4))
def test_family_equals_the_reference_and_assembles(tenon, tmp_path, name):
    """What the GPU's machine runs later: on the CPU, and for the GPU as far as the assembler's report."""
    model, feeds, flags = families.model(name).SerializeToString(), families.feeds(name), families.flags(name)
    (tmp_path / "m.onnx").write_bytes(model)
    for target in ("cpu", "cuda:sm_90a"):
        done = tenon("compile", "m.onnx", "-o", f"{target[:3]}.tenon", f"--target={target}", "--json", *flags)
        assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout)["report"].get("assembly", []):
        assert [kernel for kernel in row["kernels"] if kernel["spill_store_bytes"] or kernel["stack_bytes"]] == []
    got = package.load(tmp_path / "cpu.tenon")(feeds)
    for (key, ours), theirs in zip(got.items(), families.reference(name, feeds), strict=True):
        difference = tolerances.compare(ours, theirs, families.tolerance(name, theirs.dtype))
        assert difference.ok, f"{key}: {difference.message}"


@pytest.mark.parametrize(
    "name,words",
    [
        ("matmul --fp16", ["wgmma.mma_async", "ld.global.b16"]),
        ("convolution --fp16", ["mma.sync"]),
        ("matmul in place --fp16", ["wgmma.mma_async"]),
        ("attention --fp16", ["wgmma.mma_async"]),
        ("gemm of few rows --fp16", ["wgmma.mma_async", ".reqnctapercluster"]),
    ],
)
def test_family_uses_what_it_is_there_for(tenon, tmp_path, name, words):
    (tmp_path / "m.onnx").write_bytes(families.model(name).SerializeToString())
    text = tenon("compile", "m.onnx", "--emit=ptx", "-o", "-", "--target=cuda:sm_90a", *families.flags(name)).stdout
    assert [word for word in words if word not in text] == []


def test_feeds_of_families():
    assert families.feeds("matmul quantised")["x"].max() > 200
    ids = families.feeds("scatter elements")["ids"]
    assert ids.min() >= 0 and len(np.unique(ids)) == ids.size


@pytest.mark.parametrize("op", memory.OPS)
def test_memory_model(op):
    model = memory.model(op, 64, 48, 3)
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.output] == ["y0", "y1", "y2"]
    shape = [dim.dim_value for dim in model.graph.output[0].type.tensor_type.shape.dim]
    assert tuple(shape) == memory.result_shape(op, 64, 48)


def test_rotated_buffers_exceed_the_cache():
    assert all(memory.copies(op, *shape) * memory.bytes_moved(op, *shape) >= memory.ROTATED for op in memory.OPS for shape in memory.SHAPES)
    assert memory.copies("softmax", 4096, 768) >= 24


def found(case, share=0.9, peer=100.0):
    return memory.judged({"case": case, "tenon": 100.0, "unit": "us", "ok": True, "peer": peer, "peer_name": "peer", "copy_share": share})


def test_memory_case_is_slower_than_its_peer():
    assert found("softmax 4096x768", peer=90.0)["ok"]
    assert not found("softmax 4096x768", peer=89.0)["ok"]
    assert found("softmax 4096x768", peer=None)["ok"]


def test_memory_means():
    cases = [found(memory.case_name(op, *shape), 0.76 if op not in memory.SUMS else 0.1) for shape in memory.SHAPES for op in memory.OPS]
    (wide, middle, small) = memory.means(cases)
    assert wide["case"] == "mean share of a copy, 65536x1024 and 8192x8192"
    assert wide["tenon"] == pytest.approx(76) and wide["ratio"] == pytest.approx(0.894) and not wide["ok"]
    assert middle["ok"] and small["ok"] and small["ratio"] == pytest.approx(1.52)
    assert len(list(memory.means(cases[:7]))) == 1
    (row,) = memory.means([report.failed("softmax 4096x768", "crashed"), *(row for row in cases[:7] if row["case"] != "softmax 4096x768")])
    assert not row["ok"] and row["message"] == "a case has no share"


def test_ops_on_the_cpu(build, tmp_path):
    done = gpu_check(build, tmp_path, "ops", "--target=cpu", "--only=softmax dy*", "--only=softmax --*", "--only=matmul batched")
    assert done.returncode == 0, done.stdout + done.stderr
    made = rows(tmp_path / "ops.json")
    assert set(made) == {"softmax --fp16", "softmax dynamic", "matmul batched"}
    assert all(row["ok"] and row["tenon"] > 0 for row in made.values())
    assert "ops: 3 passed, 0 failed" in done.stdout


def test_models_on_the_cpu(build, tmp_path):
    done = gpu_check(build, tmp_path, "models", "--target=cpu", "--only=lstm_tagger.script 1x32")
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = rows(tmp_path / "models.json").values()
    assert row["case"] == "lstm_tagger.script 1x32"
    assert row["ratio"] == pytest.approx(row["peer"] / row["tenon"], rel=0.01)
    assert row["peer_name"].startswith("onnxruntime")


def test_failed_case_is_a_row(build, tmp_path):
    done = gpu_check(build, tmp_path, "ops", "--target=cuda:sm_1", "--only=cast")
    assert done.returncode == 1
    (row,) = rows(tmp_path / "ops.json").values()
    assert not row["ok"] and row["message"].startswith("compiling failed")


def test_short_lists_of_products_on_the_cpu(build, tmp_path):
    done = gpu_check(build, tmp_path, "tune", "--target=cpu", "--only=fp16 384x(*", "--only=fp16 197x768x768 nn")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "tune.json").read_text())["rows"]
    assert [row["case"] for row in rows] == ["fp16 197x768x768 nn", "fp16 384x(128x64x128) nn"]
    assert all(row["ok"] and row["candidates"] >= 5 and row["tenon"] is None for row in rows)


def test_suite_without_its_program_fails(build, tmp_path):
    done = gpu_check(build, tmp_path, "sanitize", "--target=cpu")
    if pathlib.Path("/usr/local/cuda/bin/compute-sanitizer").exists():
        pytest.skip("compute-sanitizer is here")
    assert done.returncode == 1
    assert "not found" in rows(tmp_path / "sanitize.json")["compute-sanitizer"]["message"]


@pytest.mark.parametrize(
    "code,message",
    [
        ("import os; os.abort()", "status -6"),
        ("import time; time.sleep(60)", "no result in 1 s"),
        ("print('no json')", "no result: no json"),
        ("raise SystemExit('lost the device')", "status 1: lost the device"),
    ],
)
def test_child_that_fails(code, message, tmp_path, monkeypatch):
    monkeypatch.setenv("TENON_BUILD", str(tmp_path))
    folder = tmp_path / "python/gpu_check"
    folder.mkdir(parents=True)
    (folder / "broken.py").write_text(code)
    monkeypatch.setattr(children, "HERE", folder)
    with pytest.raises(children.ChildError, match=message):
        children.call("broken", [], 1)


def test_unknown_suite_and_missing_bundle(build, tmp_path):
    assert "unknown suite: modles" in gpu_check(build, tmp_path, "modles").stderr
    assert "has no bin/tenon" in gpu_check(tmp_path, tmp_path, "ops").stderr
    assert "does not exist" in gpu_check(tmp_path / "missing", tmp_path, "ops").stderr


@pytest.mark.skipif(pathlib.Path("/dev/nvidiactl").exists(), reason="a GPU is here")
def test_no_driver_is_said():
    with pytest.raises(gpu.GpuError, match="no CUDA driver|cuInit"):
        gpu.Gpu()


def test_report_keeps_rows_of_a_run_that_is_cut_off(tmp_path):
    made = report.Report("ops", tmp_path, "0123")
    made.add(report.row("b", 2.0, "ms", True, 3.0, "peer", copy_share=0.5))
    made.add(report.failed("a", "crashed"))
    found = rows(tmp_path / "ops.json")
    assert list(found) == ["a", "b"]
    assert found["b"]["ratio"] == 1.5 and found["b"]["copy_share"] == 0.5
    assert made.failures == 1
    assert [path.name for path in tmp_path.iterdir()] == ["ops.json"]
