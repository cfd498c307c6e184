# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The installed tree: programs run from it, and projects outside the tree build against it with find_package(Tenon)."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build/dev"))


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("tenon")
    run("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


def configure_and_build(source, folder, installed):
    compilers = ["-DCMAKE_C_COMPILER=/usr/bin/clang-22", "-DCMAKE_CXX_COMPILER=/usr/bin/clang++-22"]
    prefixes = f"-DCMAKE_PREFIX_PATH={installed};/usr/lib/llvm-22"
    run("cmake", "-G", "Ninja", "-S", source, "-B", folder, prefixes, "-DCMAKE_BUILD_TYPE=Release", *compilers)
    run("ninja", "-C", folder)


def test_programs_run_from_the_installed_tree(installed):
    assert "tenon" in run(installed / "bin/tenon", "--version", env={})
    run(installed / "bin/tenon-opt", "--version", env={})


def test_runtime_consumer(installed, tmp_path):
    configure_and_build(ROOT / "test/out-of-tree/runtime", tmp_path, installed)
    done = subprocess.run([tmp_path / "consumer", "missing.tenon"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TENON_IO_ERROR" in done.stdout


@pytest.fixture(scope="module")
def extension(installed, tmp_path_factory):
    """The out-of-tree dialect and pass, built against the installed tree."""
    folder = tmp_path_factory.mktemp("extension")
    configure_and_build(ROOT / "test/out-of-tree/dialect", folder, installed)
    return folder / "libextra.so"


SQUARE = """func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = extra.square %x : tensor<8xf32>
  %unused = extra.square %y : tensor<8xf32>
  return %y : tensor<8xf32>
}
func.func @other(%x: tensor<8xf32>) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
"""


@pytest.fixture
def square(tmp_path):
    (tmp_path / "square.mlir").write_text(SQUARE)
    return tmp_path / "square.mlir"


def test_dialect_extension(installed, extension, square):
    plugin = f"--load-dialect-plugin={extension}"
    assert "extra.square" in run(installed / "bin/tenon-opt", plugin, square)
    grouped = run(installed / "bin/tenon-opt", plugin, square, "--infer-form-fusions")
    assert "infer.fusion" in grouped and "extra.square" in grouped
    lowered = run(installed / "bin/tenon-opt", plugin, square, "--convert-infer-to-linalg")
    assert "linalg.generic" in lowered and "arith.mulf" in lowered


def test_pass_extension(installed, extension, square):
    plugins = [f"--load-dialect-plugin={extension}", f"--load-pass-plugin={extension}"]
    rewritten = run(installed / "bin/tenon-opt", *plugins, square, "--extra-square-to-mul")
    assert "infer.mul" in rewritten and "extra.square" not in rewritten
    assert "--extra-square-to-mul" in run(installed / "bin/tenon-opt", *plugins, "--help")


def test_reduce_with_extensions(installed, extension, square, tmp_path):
    script = tmp_path / "interesting.sh"
    script.write_text('#!/bin/sh\n! grep -q "extra.square\\|infer.mul" "$1"\n')
    script.chmod(0o755)
    # Both spellings of a flag with a value.
    plugins = [f"--load-dialect-plugin={extension}", "--load-pass-plugin", extension]
    reduced = run(installed / "bin/tenon-reduce", *plugins, square, f"--reduction-tree=traversal-mode=0 test={script}")
    assert "extra.square" in reduced and "@other" not in reduced
    passes = f"--opt-reduction-pass=opt-pass=func.func(extra-square-to-mul) test={script}"
    assert "infer.mul" in run(installed / "bin/tenon-reduce", *plugins, square, passes)


def test_language_server_with_extensions(installed, extension):
    def message(**body):
        text = json.dumps({"jsonrpc": "2.0", **body})
        return f"Content-Length: {len(text)}\r\n\r\n{text}"

    document = {"uri": "file:///a.mlir", "languageId": "mlir", "version": 1, "text": SQUARE}
    session = (
        message(id=0, method="initialize", params={"processId": 1, "capabilities": {}, "trace": "off"})
        + message(method="textDocument/didOpen", params={"textDocument": document})
        + message(id=1, method="shutdown")
        + message(method="exit")
    )
    program = installed / "bin/tenon-lsp-server"
    plugins = [f"--load-dialect-plugin={extension}", f"--load-pass-plugin={extension}"]
    assert '"diagnostics":[]' in run(program, *plugins, input=session)
    unknown = "Dialect `extra' not found for custom op 'extra.square'"
    assert unknown in run(program, input=session)
