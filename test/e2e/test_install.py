# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The installed tree: programs run from it, and projects outside the tree build against it with find_package(Tenon)."""

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


def test_dialect_extension(installed, tmp_path):
    configure_and_build(ROOT / "test/out-of-tree/dialect", tmp_path, installed)
    source = tmp_path / "square.mlir"
    source.write_text(
        "func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {\n  %y = extra.square %x : tensor<8xf32>\n  return %y : tensor<8xf32>\n}\n"
    )
    plugin = f"--load-dialect-plugin={tmp_path / 'libextra.so'}"
    assert "extra.square" in run(installed / "bin/tenon-opt", plugin, source)
    grouped = run(installed / "bin/tenon-opt", plugin, source, "--infer-form-fusions")
    assert "infer.fusion" in grouped and "extra.square" in grouped
    lowered = run(installed / "bin/tenon-opt", plugin, source, "--convert-infer-to-linalg")
    assert "linalg.generic" in lowered and "arith.mulf" in lowered
