# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run, bench, compare and inspect on an engine made by hand: c = a + b over i32[n], n in [1, 1000]."""

import json

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import numpy_helper


@pytest.fixture
def inputs(tmp_path):
    """A folder with a.npy and b.npy of 5 elements."""
    folder = tmp_path / "in"
    folder.mkdir()
    np.save(folder / "a.npy", np.arange(5, dtype=np.int32))
    np.save(folder / "b.npy", np.full(5, 10, np.int32))
    return folder


def test_run_is_seeded(tenon, add_engine):
    first, second, third = (tenon("run", add_engine, "--shapes=a:9", f"--seed={seed}").stdout for seed in (1, 1, 2))
    assert first.startswith("c: i32[9] min ")
    assert first == second != third


def test_run_reads_and_writes_npy(tenon, add_engine, inputs, tmp_path):
    done = tenon("run", add_engine, f"--inputs={inputs}", "--save-outputs=out/deep")
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "out/deep/c.npy"), np.arange(5, dtype=np.int32) + 10)
    assert [path.name for path in (tmp_path / "out/deep").iterdir()] == ["c.npy"]


def test_run_reads_and_writes_tensor_protos(tenon, add_engine, tmp_path):
    typed = onnx.helper.make_tensor("a", onnx.TensorProto.INT32, [3], [1, 2, 3])
    (tmp_path / "input_0.pb").write_bytes(typed.SerializeToString())
    (tmp_path / "input_1.pb").write_bytes(numpy_helper.from_array(np.array([7, 8, 9], np.int32)).SerializeToString())
    done = tenon("run", add_engine, f"--inputs={tmp_path}", "--save-outputs=.", "--format=pb")
    assert done.returncode == 0, done.stderr
    tensor = onnx.load_tensor(tmp_path / "output_0.pb")
    assert tensor.name == "c"
    np.testing.assert_array_equal(numpy_helper.to_array(tensor), [8, 10, 12])


def test_run_reads_raw_bytes(tenon, add_engine, tmp_path):
    (tmp_path / "a.bin").write_bytes(np.arange(6, dtype=np.int32).tobytes())
    done = tenon("run", add_engine, "--input=a=a.bin", "--input", "b=a.bin", "--json")
    assert done.returncode == 0, done.stderr
    (output,) = json.loads(done.stdout)["outputs"]
    assert output == {"name": "c", "type": "i32", "dims": [6], "min": 0, "max": 10, "mean": 5, "not_finite": 0}


def test_run_fortran_order(tenon, add_engine, tmp_path):
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(tmp_path / "a.npy", "wb") as file:
            np.lib.format.write_array(file, np.arange(4, dtype=np.int32), version=version)
        done = tenon("run", add_engine, "--input=a=a.npy", "--input=b=a.npy")
        assert "c: i32[4] min 0, max 6" in done.stdout, done.stderr


RUN_ERRORS = {
    "unknown input": (["--input=x=in/a.npy"], 1, "wrong-input", "--input: no input is called 'x'; the inputs are a, b"),
    "malformed": (["--input=a"], 2, "usage", "--input expects NAME=FILE, got 'a'"),
    "no such file": (["--input=a=none.npy"], 1, "io-error", "cannot read 'none.npy'"),
    "ending": (["--input=a=none.txt"], 2, "usage", "expected a file that ends in .npy, .pb or .bin, got 'none.txt'"),
    "type": (["--input=a=long.npy"], 1, "wrong-type", "'long.npy': expected i32[?] for input 'a', got i64[5]"),
    "rank": (["--input=a=matrix.npy"], 1, "wrong-shape", "'matrix.npy': expected i32[?] for input 'a', got i32[1x5]"),
    "object": (["--input=a=object.npy"], 1, "wrong-input", "element type '|O' is not one of Tenon's"),
    "big-endian": (["--input=a=big.npy"], 1, "wrong-input", "element type '>i4' is not one of Tenon's, or big-endian"),
    "not npy": (["--input=a=text.npy"], 1, "wrong-input", "'text.npy' is no .npy file that can be read: expected it to start with"),
    "cut off": (["--input=a=cut.npy"], 1, "wrong-input", "expected the data of i32[5], got 16 bytes"),
    "huge": (["--input=a=huge.npy"], 1, "wrong-input", "got 4 bytes"),
    "not a proto": (["--input=a=text.pb"], 1, "wrong-input", "'text.pb' is no TensorProto that can be read"),
    "empty folder": (["--inputs=empty"], 1, "io-error", "'empty' has no input_0.pb or NAME.npy"),
    "rank of shape": (["--shapes=a:1x2"], 1, "wrong-shape", "--shapes: input 'a' has 1 dims, got 2"),
    "shape of no input": (["--shapes=q:1"], 1, "wrong-input", "--shapes: no input is called 'q'"),
    "conflict": (["--shapes=a:3,b:4"], 1, "wrong-shape", "expected dimension 0 to be 3, got 4"),
    "range": (["--shapes=a:1001"], 1, "wrong-shape", "from 1 to 1000, got 1001"),
    "overflow": (["--shapes=a:9223372036854775807"], 1, "wrong-shape", "are not the size of a tensor"),
    "compile flag": (["--cpu=native"], 2, "usage", "is an engine: flags that say how to compile do not apply"),
    "format": (["--format=csv"], 2, "usage", "--format expects one of npy, pb, got 'csv'"),
    "seed": (["--seed=-1"], 2, "usage", "--seed expects a whole number from 0"),
    "save": (["--save-outputs=in/a.npy"], 1, "io-error", "cannot write 'in/a.npy/c.npy': Not a directory"),
}


@pytest.mark.parametrize("name", RUN_ERRORS)
def test_run_errors(tenon, add_engine, inputs, tmp_path, name):
    np.save(tmp_path / "long.npy", np.arange(5))
    np.save(tmp_path / "matrix.npy", np.zeros((1, 5), np.int32))
    np.save(tmp_path / "object.npy", np.array([None]), allow_pickle=True)
    np.save(tmp_path / "big.npy", np.zeros(5, ">i4"))
    whole = (inputs / "a.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-4])
    (tmp_path / "huge.npy").write_bytes(whole.replace(b"(5,), }" + b" " * 17, b"(4611686018427387903,), }"[:24])[:132])
    (tmp_path / "text.npy").write_bytes(b"hello")
    (tmp_path / "text.pb").write_bytes(b"\xff\xff\xff\xff")
    (tmp_path / "empty").mkdir()
    arguments, code, kind, message = RUN_ERRORS[name]
    done = tenon("run", add_engine, *arguments)
    assert done.returncode == code, done.stderr
    assert f"error[{kind}]: " in done.stderr
    assert message in done.stderr


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 147), value=st.integers(0, 255))
def test_damaged_npy_never_crashes(tenon, add_engine, inputs, tmp_path, at, value):
    data = bytearray((inputs / "a.npy").read_bytes())
    data[at] = value
    (tmp_path / "bad.npy").write_bytes(data)
    assert tenon("run", add_engine, "--input=a=bad.npy").returncode in (0, 1)


def test_run_refuses_a_damaged_engine(tenon, add_engine, tmp_path):
    data = bytearray(add_engine.read_bytes())
    data[-5] ^= 1
    (tmp_path / "bad.tenon").write_bytes(data)
    for command in ("run", "inspect"):
        done = tenon(command, "bad.tenon")
        assert done.returncode == 1
        assert "error[corrupt-engine]" in done.stderr


def test_inspect(tenon, add_engine):
    text = tenon("inspect", add_engine).stdout
    for part in ("a: i32[n]", "c: i32[n]", "n: 1 to 1000", "target cpu", "arena planned when shapes are bound", "add"):
        assert part in text
    described = json.loads(tenon("inspect", add_engine, "--json").stdout)
    assert described["inputs"][0] == {"name": "a", "type": "i32", "dims": ["n"], "data_dependent": False}
    (target,) = described["targets"]
    assert target["kernels"][0]["launches"] == 1
    assert target["instructions"]["Launch"] == 1
    assert target["read_backs"] == []


def test_inspect_counts_ops_and_what_data_decide(tenon, tmp_path):
    """How many positions there are only the data say: the host reads their number back and takes memory for them."""
    nodes = [
        onnx.helper.make_node("Neg", ["x"], ["n"], name="negate"),
        onnx.helper.make_node("Neg", ["n"], ["m"], name="negate_again"),
        onnx.helper.make_node("NonZero", ["m"], ["p"], name="positions"),
    ]
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [3, 4])
    p = onnx.helper.make_tensor_value_info("p", onnx.TensorProto.INT64, [2, "count"])
    model = onnx.helper.make_model(
        onnx.helper.make_graph(nodes, "m", [x], [p]), opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.save(model, tmp_path / "m.onnx")
    compiled = tenon("compile", "m.onnx", "-o", "m.tenon", "--json")
    assert compiled.returncode == 0, compiled.stderr
    text = tenon("inspect", "m.tenon").stdout
    assert "\n3 node(s) of the model\n     nodes  op\n         2  Neg\n         1  NonZero\n" in text
    assert "\n  while it runs: 1 allocation(s) of sizes that data decide, 1 read-back(s)\n" in text
    assert "read-backs (the host waits for a value of the device)\n" in text
    described = json.loads(tenon("inspect", "m.tenon", "--json").stdout)
    assert described["report"]["ops"] == {"Neg": 2, "NonZero": 1}
    (target,) = described["targets"]
    assert len(target["read_backs"]) == target["memory"]["read_backs"] == target["instructions"]["ReadScalar"] == 1
    assert target["memory"]["allocations"] == target["memory"]["buffers"]["pool"] == 1


def test_bench(tenon, add_engine, tmp_path):
    done = tenon(
        "bench",
        f"--loadEngine={add_engine}",
        "--duration=0",
        "--iterations=20",
        "--warmUp=1",
        "--avgRuns=10",
        "--dumpProfile",
        "--exportTimes=t.json",
    )
    assert done.returncode == 0, done.stderr
    for part in (
        "Throughput: ",
        "Latency: min = ",
        "percentile(90%) = ",
        "Total Host Walltime: ",
        "Average on 10 runs - Latency: ",
        "all kernels",
    ):
        assert part in done.stdout
    times = json.loads((tmp_path / "t.json").read_text())
    assert len(times) == 20
    assert all(row["latencyMs"] > 0 for row in times)


def test_bench_json(tenon, add_engine):
    flags = ["--duration=0", "--iterations=50", "--percentile=50,99.9", "--exportProfile=p.json", "--json", "--threads=1"]
    done = tenon("bench", add_engine, *flags)
    report = json.loads(done.stdout)
    latency = report["latencyMs"]
    assert latency["min"] <= latency["median"] <= latency["percentiles"]["99.9"] <= latency["max"]
    assert report["runs"] == 50
    assert report["profile"][0]["launches"] == 1
    assert abs(sum(row["percentage"] for row in report["profile"]) - 100) < 1e-6


def test_bench_outputs_and_layers(tenon, add_engine, inputs, tmp_path):
    flags = ["--duration=0", "--iterations=2", "--warmUp=0", f"--inputs={inputs}", "--exportOutput=o.json", "--exportLayerInfo=l.json"]
    done = tenon("bench", add_engine, *flags, "--dumpOutput", "--dumpLayerInfo", "--idleTime=1")
    assert done.returncode == 0, done.stderr
    values = (np.load(inputs / "a.npy") + np.load(inputs / "b.npy")).tolist()
    assert f"\n=== Output tensors ===\nc: i32[{len(values)}]\n{' '.join(map(str, values))}\n" in done.stdout
    assert "\n=== Layer information ===\nadd: " in done.stdout
    assert json.loads((tmp_path / "o.json").read_text()) == [{"name": "c", "dimensions": str(len(values)), "values": values}]
    (layer,) = json.loads((tmp_path / "l.json").read_text())["Layers"]
    assert layer["Name"] == "add"
    report = json.loads(tenon("bench", add_engine, *flags, "--dumpOutput", "--dumpLayerInfo", "--json").stdout)
    assert report["outputs"][0]["values"] == values
    assert report["layers"] == {"Layers": [layer]}


NOTES = {
    "--useCudaGraph": "--useCudaGraph: that is always so",
    "--noDataTransfers": "--noDataTransfers: that is always so",
    "--useSpinWait": "--useSpinWait: the driver chooses",
    "--minShapes=a:1": "--minShapes: an engine runs every size",
    "--maxShapes=a:9": "--maxShapes: an engine runs every size",
}


def test_bench_takes_the_flags_of_trtexec(tenon, add_engine):
    flags = [*NOTES, "--optShapes=a:7,b:7", "--streams=1", "--infStreams=1", "--sleepTime=0", "--verbose"]
    done = tenon("bench", add_engine, "--duration=0", "--iterations=2", "--warmUp=0", "--dumpOutput", "--json", *flags)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stderr.splitlines()]
    for text in NOTES.values():
        assert any(row["severity"] == "note" and row["message"].startswith(text) for row in said), text
    assert json.loads(done.stdout)["outputs"][0]["dimensions"] == "7"


BENCH_ERRORS = {
    ("--streams=4",): "--streams=4: bench measures one stream; start 4 of it at once, or make a context per thread",
    ("--infStreams=2",): "--streams=2: bench measures one stream",
    ("--sleepTime=5",): "--sleepTime: a run begins when it is enqueued, there is no gap to set; --idleTime=MS waits between runs",
    ("--minShapes=a",): "--minShapes: expected NAME:1x128, got 'a'",
    ("--optShapes=a:y",): "--optShapes: expected dims like 1x128, got 'y' in 'a:y'",
    ("--percentile=101",): "--percentile expects numbers from 0 to 100, got '101'",
    ("--iterations=0",): "--iterations expects a whole number from 1 to 1000000000, got '0'",
    ("--duration=nan",): "--duration expects a number from 0 to 100000, got 'nan'",
    ("--onnx=x",): "expected one model or engine, got 2",
    ("--loadInputs=a",): "--loadInputs expects NAME:FILE, got 'a'",
}


@pytest.mark.parametrize("arguments", BENCH_ERRORS, ids=" ".join)
def test_bench_errors(tenon, add_engine, arguments):
    done = tenon("bench", add_engine, *arguments)
    assert done.returncode == 2
    assert f"error[usage]: {BENCH_ERRORS[arguments]}" in done.stderr


def test_compare_with_a_folder(tenon, add_engine, inputs, tmp_path):
    expected = np.arange(5, dtype=np.int32) + 10
    np.save(tmp_path / "c.npy", expected)
    done = tenon("compare", add_engine, f"--inputs={inputs}", "--reference=.")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "pass c: max absolute error 0, max relative error 0, smallest tolerance that passes 0\n"
    expected[3] += 2
    np.save(tmp_path / "c.npy", expected)
    done = tenon("compare", add_engine, f"--inputs={inputs}", "--reference=.")
    assert done.returncode == 1
    assert "FAIL c: max absolute error 2, max relative error 0.133, smallest tolerance that passes 0.125; " in done.stdout
    assert "1 of 5 elements fail, the worst at index 3" in done.stdout
    assert "error[mismatch]: 1 of 1 outputs differ by more than atol 1e-05 + rtol 0.001 * |expected|" in done.stderr
    assert tenon("compare", add_engine, f"--inputs={inputs}", "--reference=.", "--atol=0.125", "--rtol=0.125").returncode == 0
    done = tenon("compare", add_engine, f"--inputs={inputs}", "--reference=.", "--json")
    assert done.returncode == 1
    (row,) = json.loads(done.stdout)["outputs"]
    assert row["failing"] == 1
    assert row["smallest_tolerance"] == 0.125


def test_compare_errors(tenon, add_engine, inputs, tmp_path):
    done = tenon("compare", add_engine, "--reference=empty")
    assert done.returncode == 1
    assert "error[io-error]: 'empty' has no output_0.pb, output_0.npy or c.npy for output 'c'" in done.stderr
    np.save(tmp_path / "c.npy", np.zeros(4, np.int32))
    done = tenon("compare", add_engine, f"--inputs={inputs}", "--reference=.")
    assert done.returncode == 1
    assert "FAIL c: expected i32[4], got i32[5]" in done.stdout
    done = tenon("compare", add_engine)
    assert done.returncode == 2
    assert "is an engine, and onnxruntime needs the model" in done.stderr
    (tmp_path / "m.onnx").write_bytes(b"")
    done = tenon("compare", "m.onnx", f"--engine={add_engine}", "--python=/nonexistent")
    assert done.returncode == 3
    assert "error[missing]: '/nonexistent' cannot run onnxruntime" in done.stderr


def test_compare_with_onnxruntime(tenon, add_engine, tmp_path):
    value = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT32, ["n"]) for name in "abc"]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Add", ["a", "b"], ["c"])], "add", value[:2], value[2:])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), tmp_path / "add.onnx")
    import sys

    done = tenon("compare", "add.onnx", f"--engine={add_engine}", "--shapes=a:77", f"--python={sys.executable}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pass c: ")
