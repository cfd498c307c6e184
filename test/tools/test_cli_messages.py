# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Messages about files and inputs that cannot be used: what was expected, what was there."""

import os

import onnx
import onnx.parser
import pytest
from onnx import TensorProto


def save_model(path, text):
    onnx.save(onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 17]> {text}'), path)


def with_fields(**fields):
    return TensorProto(name="a", **fields).SerializeToString()


def npy(header, version=b"\1\0"):
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header


NO_PROTO, NO_NPY = "'a.pb' is no TensorProto that can be read: ", "'a.npy' is no .npy file that can be read: "
FILES = {
    "raw of odd size": ("a.bin", b"1234567", "'a.bin' has 7 bytes, expected those of i32[1]; fix unknown dims with --shapes"),
    "no message": ("a.pb", b"\xff" * 4, NO_PROTO + "the protobuf message is malformed or larger than 2 GiB"),
    "strings": ("a.pb", with_fields(data_type=TensorProto.STRING, dims=[1]), NO_PROTO + "element type number 8 is not one of Tenon's"),
    "external": ("a.pb", with_fields(data_type=6, dims=[1], data_location=TensorProto.EXTERNAL), NO_PROTO + "its data is in another file"),
    "few values": ("a.pb", with_fields(data_type=6, dims=[3], int32_data=[1, 2]), NO_PROTO + "expected the data of i32[3]"),
    "few bytes": ("a.pb", with_fields(data_type=6, dims=[3], raw_data=b"12345678"), NO_PROTO + "expected the data of i32[3]"),
    "no magic": ("a.npy", b"hello", NO_NPY + "expected it to start with \\x93NUMPY"),
    "version": ("a.npy", npy(b"{}", b"\4\0"), NO_NPY + "expected version 1, 2 or 3"),
    "header": ("a.npy", npy(b"{}")[:-1], NO_NPY + "its header is cut off"),
    "dictionary": ("a.npy", npy(b"{}"), NO_NPY + "expected a dictionary with descr, fortran_order and shape"),
}


@pytest.mark.parametrize("name", FILES)
def test_input_files(tenon, add_engine, tmp_path, name):
    file, content, message = FILES[name]
    (tmp_path / file).write_bytes(content)
    done = tenon("run", add_engine, f"--input=a={file}")
    assert done.returncode == 1
    assert message in done.stderr


def test_inputs_beyond_memory(tenon, add_engine):
    done = tenon("run", add_engine, "--shapes=a:1000000000000000")
    assert done.returncode == 3
    assert "error[out-of-memory]: no memory for 4000000000000000 bytes" in done.stderr


def test_dims_that_do_not_follow(tenon, tmp_path):
    x, z, y = (onnx.helper.make_tensor_value_info(name, TensorProto.FLOAT, [dim]) for name, dim in (("x", "n"), ("z", "n - 5"), ("y", 1)))
    graph = onnx.helper.make_graph([onnx.helper.make_node("ReduceSum", ["x"], ["y"])], "m", [x, z], [y])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    done = tenon("run", "m.onnx")
    assert done.returncode == 1
    assert "error[wrong-shape]: dim 0 ('n - 5') of input 'z' is not known; give it with --shapes=z:..." in done.stderr


def test_outputs_that_cannot_be_saved(tenon, add_engine):
    done = tenon("run", add_engine, "--save-outputs=/dev/null/deep")
    assert done.returncode == 1
    assert "error[io-error]: cannot make folder '/dev/null/deep': Not a directory" in done.stderr


def test_no_folder_for_temporary_files(tenon, add_engine, tmp_path):
    save_model(tmp_path / "m.onnx", "m (float[2] x) => (float[2] y) { y = Neg(x) }")
    nowhere = {**os.environ, "TMPDIR": "/nonexistent"}
    for arguments, what in ((["run", "m.onnx"], "file"), (["compare", "m.onnx", f"--engine={add_engine}"], "folder")):
        done = tenon(*arguments, env=nowhere)
        assert done.returncode == 1
        assert f"error[io-error]: cannot make a temporary {what}: No such file or directory" in done.stderr


def test_what_onnxruntime_says(tenon, add_engine, tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"")
    for script, code, message in (
        ("echo no such op >&2; exit 1", 1, "error[wrong-input]: onnxruntime cannot run 'm.onnx': no such op"),
        (
            "echo no module >&2; exit 3",
            3,
            "cannot run onnxruntime (no module); `pip install onnxruntime`, or point --python or TENON_PYTHON",
        ),
    ):
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        done = tenon("compare", "m.onnx", f"--engine={add_engine}", f"--python={python}")
        assert done.returncode == code
        assert message in done.stderr
