# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables of measured schedules: what makes one malformed, and what a compilation does with a good one. No GPU needed."""

import copy
import json

import pytest
import tenon as package
from onnx import parser, save

HEADER = {"format": "tenon-tuned", "version": 1}
PRODUCT = {"element": "f16", "output": "f16", "layout": "nn", "m": 64, "n": 256, "k": 64}
LARGE = {
    "kind": "large",
    "consumers": 2,
    "blocks": 1,
    "tile_n": 192,
    "stages": 3,
    "cluster": 1,
    "group": 8,
    "ping_pong": False,
    "cluster_along_n": False,
    "stream_c": False,
}
SMALL = {"kind": "small", "consumers": 1, "tile_m": 64, "stages": 4, "split": 1}
ENTRY = {"op": "product", "arch": "sm_90a", "product": PRODUCT, "schedule": LARGE}


def changed(path, value, entry=ENTRY):
    """The entry with one member, "product.m", set or (None) taken away."""
    result = copy.deepcopy(entry)
    *folders, name = path.split(".")
    place = result
    for folder in folders:
        place = place[folder]
    if value is None:
        del place[name]
    else:
        place[name] = value
    return result


def text(*lines):
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)


MALFORMED = {
    "empty": ("", 'bad.jsonl:1: expected a table of tuned schedules, which begins with {"format":"tenon-tuned","version":1}'),
    "no header": (text(ENTRY), "bad.jsonl:1: expected a table of tuned schedules"),
    "another version": (text({**HEADER, "version": 2}, ENTRY), "bad.jsonl:1: expected version 1 of the format, got 2"),
    "no version": (text({"format": "tenon-tuned"}), "bad.jsonl:1: expected version 1 of the format, got none"),
    "cut short": (text(HEADER, ENTRY)[:-20], "bad.jsonl:2: expected a JSON object on each line: "),
    "a list": (text(HEADER, "[]"), "bad.jsonl:2: expected a JSON object on each line"),
    "deep": (text(HEADER, "[" * 100000), "bad.jsonl:2: expected lines of at most 4096 bytes, got 100000"),
    "the line": (text(HEADER, ENTRY, "", changed("product.m", 0)), "bad.jsonl:4: "),
    "another op": (text(HEADER, changed("op", "convolution")), "bad.jsonl:2: expected one of product as op"),
    "another arch": (text(HEADER, changed("arch", "sm_80")), "bad.jsonl:2: expected one of sm_90a as arch"),
    "no op": (text(HEADER, changed("op", None)), "bad.jsonl:2: expected a value as op"),
    "no schedule": (text(HEADER, changed("schedule", None)), "bad.jsonl:2: expected a value as schedule"),
    "schedule": (text(HEADER, changed("schedule", [])), "bad.jsonl:2: expected an object as schedule"),
    "kind": (text(HEADER, changed("schedule.kind", "huge")), "bad.jsonl:2: expected one of large, small as schedule.kind"),
    "extra": (text(HEADER, changed("schedule.split", 1)), "bad.jsonl:2: expected nothing as schedule.split"),
    "missing": (text(HEADER, changed("schedule.stages", None)), "bad.jsonl:2: expected a value as schedule.stages"),
    "fraction": (text(HEADER, changed("schedule.stages", 2.5)), "bad.jsonl:2: expected a whole number from 1 to 64 as schedule.stages"),
    "negative": (text(HEADER, changed("schedule.stages", -1)), "bad.jsonl:2: expected a whole number from 1 to 64 as schedule.stages"),
    "past 64 bits": (text(HEADER, changed("product.k", 10**30)), "bad.jsonl:2: expected a whole number from 1 to 2147483647 as product.k"),
    "past 32 bits": (text(HEADER, changed("product.n", 2**31)), "bad.jsonl:2: expected a whole number from 1 to 2147483647 as product.n"),
    "a flag": (text(HEADER, changed("schedule.stream_c", 1)), "bad.jsonl:2: expected true or false as schedule.stream_c"),
    "element": (text(HEADER, changed("product.element", "f8")), "bad.jsonl:2: expected one of f16, bf16, f32 as product.element"),
    "layout": (text(HEADER, changed("product.layout", "kn")), "bad.jsonl:2: expected one of nn, nt, tn, tt as product.layout"),
    "operands": (text(HEADER, changed("product.operands", ["row i8"])), "bad.jsonl:2: expected a list of column f16, "),
    "range": (text(HEADER, changed("product.m", [9, 9])), "bad.jsonl:2: expected a number or a range of ascending ones as product.m"),
    "three": (text(HEADER, changed("product.m", [1, 2, 3])), "bad.jsonl:2: expected a whole number from 1 to 2147483647 as product.m"),
    "time": (text(HEADER, changed("measured", {"us": 0})), "bad.jsonl:2: expected microseconds above 0 as measured.us"),
    "device": (text(HEADER, changed("measured", {"device": 1})), "bad.jsonl:2: expected a text as measured.device"),
    "twice": (text(HEADER, ENTRY, ENTRY), "bad.jsonl:3: expected rows that no other line has for this product, line 2 has them"),
    "overlap": (
        text(HEADER, changed("product.m", [1, 64]), ENTRY, changed("product.m", [64, 99])),
        "bad.jsonl:4: expected rows that no other line has for this product, line 2 has them",
    ),
}


@pytest.fixture
def model(tmp_path):
    """One product, 64x256x64."""
    graph = '<ir_version: 9, opset_import: ["" : 17]> m (float16[64,64] a, float16[64,256] b) => (float16[64,256] y) { y = MatMul(a, b) }'
    save(parser.parse_model(graph), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tenon, model, tmp_path, name):
    content, message = MALFORMED[name]
    (tmp_path / "bad.jsonl").write_text(content)
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda", "--fp16", "--tuned=bad.jsonl", "--json")
    diagnostic = json.loads(done.stderr)
    assert (done.returncode, diagnostic["code"]) == (1, "invalid-table")
    assert message in diagnostic["message"]


def test_a_table_that_is_not_there(tenon, model):
    """Also where nothing would ask it."""
    done = tenon("compile", model, "-o", "m.tenon", "--tuned=none.jsonl")
    assert done.returncode == 1 and "error[io-error]: cannot read 'none.jsonl': No such file or directory" in done.stderr


def compiled(tenon, tmp_path, table, name="m.tenon"):
    """(what inspect says about the product, the engine's bytes)."""
    (tmp_path / "t.jsonl").write_text(table)
    done = tenon("compile", "m.onnx", "-o", name, "--target=cuda:sm_90a", "--fp16", "--tuned=t.jsonl")
    assert done.returncode == 0, done.stderr
    lines = [line for line in tenon("inspect", name).stdout.splitlines() if "TensorCores" in line]
    assert len(lines) == 1
    return lines[0], (tmp_path / name).read_bytes()


def test_the_table_decides_before_the_model(tenon, model, tmp_path):
    by_table, with_table = compiled(tenon, tmp_path, text(HEADER, ENTRY))
    assert "128x192_c2_s3_g8" in by_table and "t.jsonl:2" in by_table
    by_model, without = compiled(tenon, tmp_path, text(HEADER, changed("product.k", 128)))
    assert "small_64x64" in by_model and "cost model" in by_model
    assert with_table != without


def test_the_same_table_gives_the_same_bytes(tenon, model, tmp_path):
    """And another table says so in the engine, also where it makes no difference to the kernels."""
    other = changed("product.m", 3, {**ENTRY, "schedule": SMALL})
    _, first = compiled(tenon, tmp_path, text(HEADER, other, ENTRY))
    _, again = compiled(tenon, tmp_path, text(HEADER, other, ENTRY))
    assert first == again
    _, longer = compiled(tenon, tmp_path, text(HEADER, other, ENTRY, changed("product.m", 4)))
    assert first != longer


def test_none_is_the_model_alone(tenon, model):
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_90a", "--fp16", "--tuned=none")
    assert done.returncode == 0, done.stderr
    assert "cost model" in tenon("inspect", "m.tenon").stdout


def test_the_table_that_comes_with_the_library(tenon, model, tmp_path, build):
    """It is asked by default: an engine says by which table it was made, and a build has it where the library looks."""
    assert json.loads((build / "share/tenon/tuned.jsonl").read_text().splitlines()[0]) == HEADER
    engines = []
    for flags in ([], [f"--tuned={build / 'share/tenon/tuned.jsonl'}"], ["--tuned=none"]):
        done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_90a", "--fp16", *flags)
        assert done.returncode == 0, done.stderr
        engines.append((tmp_path / "m.tenon").read_bytes())
    assert engines[0] == engines[1] != engines[2]


def test_from_python(model, tmp_path):
    (tmp_path / "bad.jsonl").write_text("nothing")
    with pytest.raises(package.CompileError, match=r"bad.jsonl:1: expected a table"):
        package.compile(model, "cuda:sm_90a", precision="fp16", tuned=tmp_path / "bad.jsonl")


def test_a_schedule_that_does_not_fit_names_its_line(tenon, model, tmp_path):
    (tmp_path / "t.jsonl").write_text(text(HEADER, changed("schedule.tile_n", 96)))
    done = tenon("compile", model, "-o", "m.tenon", "--target=cuda:sm_90a", "--fp16", "--tuned=t.jsonl")
    assert done.returncode == 1
    assert "t.jsonl:2: the schedule does not fit: expected a multiple of 64 columns for a transposed B, got 96" in done.stderr
