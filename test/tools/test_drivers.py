# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon-reduce and tenon-lsp-server know Tenon's dialects, all drivers refuse plugins that they cannot load; the C header is C."""

import json
import shutil
import subprocess

import pytest

MODULE = """
func.func @keep(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = infer.relu %a : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @drop(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}
"""


def test_reduce_keeps_what_is_interesting(build, tmp_path):
    (tmp_path / "in.mlir").write_text(MODULE)
    script = tmp_path / "interesting.sh"
    script.write_text('#!/bin/sh\n! grep -q infer.relu "$1"\n')
    script.chmod(0o755)
    command = [build / "bin/tenon-reduce", "in.mlir", f"--reduction-tree=traversal-mode=0 test={script}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "infer.relu" in done.stdout
    assert "@drop" not in done.stdout


@pytest.mark.parametrize("program", ["tenon-opt", "tenon-reduce", "tenon-lsp-server"])
@pytest.mark.parametrize("flag", ["--load-dialect-plugin", "--load-pass-plugin"])
def test_plugin_that_cannot_be_loaded(build, program, flag):
    done = subprocess.run([build / "bin" / program, f"{flag}=/nonexistent.so"], capture_output=True, text=True, input="", check=False)
    assert done.returncode == 1
    assert "error: cannot load plugin '/nonexistent.so': " in done.stderr


@pytest.mark.parametrize("program", ["tenon-opt", "tenon-reduce", "tenon-lsp-server"])
def test_help_names_the_plugin_flags(build, program):
    text = subprocess.run([build / "bin" / program, "--help"], capture_output=True, text=True, check=True).stdout
    assert "--load-dialect-plugin" in text
    assert "--load-pass-plugin" in text


def test_language_server_reports_errors(build):
    def message(**body):
        text = json.dumps({"jsonrpc": "2.0", **body})
        return f"Content-Length: {len(text)}\r\n\r\n{text}"

    document = {"uri": "file:///a.mlir", "languageId": "mlir", "version": 1, "text": MODULE.replace("infer.relu", "infer.nothing")}
    session = (
        message(id=0, method="initialize", params={"processId": 1, "capabilities": {}, "trace": "off"})
        + message(method="textDocument/didOpen", params={"textDocument": document})
        + message(id=1, method="shutdown")
        + message(method="exit")
    )
    done = subprocess.run([build / "bin/tenon-lsp-server"], input=session, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "custom op 'infer.nothing' is unknown" in done.stdout


def test_compiler_header_is_c(root, tmp_path):
    compiler = shutil.which("cc") or shutil.which("clang-22")
    if not compiler:
        pytest.skip("no C compiler")
    (tmp_path / "main.c").write_text('#include "tenon/tenon_compiler.h"\nint main(void) { return 0; }\n')
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{root / 'include'}"]
    subprocess.run([compiler, *flags, tmp_path / "main.c"], check=True)
