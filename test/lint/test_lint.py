# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each check of tools/lint fires on what it is for, and is silent on the clean twin."""

import arrows
import constraints
import examples
import external
import filecheck
import headers
import pytest
import sizes

SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"


def messages(check, tree):
    return [finding.message for finding in check(tree)]


@pytest.mark.parametrize("name,limit", [("a.cpp", 500), ("a.td", 400), ("test/a.mlir", 200)])
def test_file_size(tree, name, limit):
    assert messages(sizes.check_files, tree({name: "x\n" * limit})) == []
    assert messages(sizes.check_files, tree({name: "x\n" * (limit + 1)})) == [f"expected at most {limit} lines, got {limit + 1}"]


def test_long_files(tree):
    listing, long = "tools/lint/long-files.txt", "x\n" * 351
    assert messages(sizes.check_long_files, tree({"a.cpp": "x\n" * 350, "b.td": long, "c.mlir": long})) == []
    wanted = "expected at most 350 lines, got 351 (split it, or add it to tools/lint/long-files.txt with a reason)"
    assert messages(sizes.check_long_files, tree({"d.py": long})) == [wanted]
    assert messages(sizes.check_long_files, tree({listing: "d.py\n"})) == [wanted]
    assert messages(sizes.check_long_files, tree({listing: "d.py  one table\n"})) == []
    stale = [f"expected a file past 350 lines, got {name}" for name in ("a.cpp", "gone.h")]
    found = list(sizes.check_long_files(tree({listing: "d.py  one table\na.cpp  was long\ngone.h  was there\n"})))
    assert [finding.message for finding in found] == stale
    assert [finding.line for finding in found] == [2, 3]


def cpp(statements):
    body = "  f();\n" * statements
    return f'namespace a {{\nstruct S {{\n  void g(int x = int{{}}) {{\n{body}    const char *s = "}}"; // {{\n  }}\n}};\n}}\n'


def test_function_size(tree):
    assert messages(sizes.check_functions, tree({"a.cpp": cpp(77)})) == []
    assert len(messages(sizes.check_functions, tree({"a.cpp": cpp(79)}))) == 1
    python = "def f():\n" + "    g()\n" * 80
    assert len(messages(sizes.check_functions, tree({"a.cpp": "", "b.py": python}))) == 1


def test_op_mentions(tree):
    files = {"dialects/Infer/IR/Ops.td": 'def Infer_AddOp : Infer_Op<"add">;\n'}
    files |= {f"lib/{name}.cpp": "isa<infer::AddOp>(op);\n" for name in "abcd"}
    files |= {"lib/e.cpp": "isa<other::AddOp, AddOp>(op);\n"}
    assert messages(sizes.check_op_mentions, tree(files)) == []
    assert len(messages(sizes.check_op_mentions, tree({"conversion/e.cpp": "using namespace tenon::infer;\nAddOp add;\n"}))) == 1
    assert messages(sizes.check_op_mentions, tree({"tools/lint/shared-ops.txt": "AddOp  every folder adds\n"})) == []


RUN = "// RUN: tenon-opt %s | FileCheck %s\n// CHECK: a\n"


@pytest.mark.parametrize(
    "line",
    [
        "// CHECK-NXET: a",
        "// CHECK-NEXT a",
        "// CHECK : a",
        "// CHEKC: a",
        "// CHCK-SAME: a",
        "// CHECK_NEXT: a",
        "// OTHER-NEXT: a",
        "// CHECK2: a",
        "// RNU: tenon-opt %s",
        "// expected-error {{a}}",
        "// expected-eror {{a}}",
    ],
)
def test_dead_check_line(line):
    assert list(filecheck.check_lines(RUN.splitlines())) == []
    found = list(filecheck.check_lines((RUN + line).splitlines()))
    assert [number for number, _ in found] == [3], found


@pytest.mark.parametrize(
    "text",
    [
        "// CHECK: a\n",
        "// RUN: tenon-opt %s | FileCheck %s\n",
        "// RUN: tenon-opt %s | FileCheck %s --check-prefixes=CHECK,DUMP\n// CHECK: a\n",
        "// RUN tenon-opt %s\n",
    ],
)
def test_test_that_checks_nothing(text):
    assert list(filecheck.check_lines(text.splitlines()))


@pytest.mark.parametrize(
    "line", ["// CHECK-COUNT-2: a", "// CHECK-DAG: a", "// NOTE: a", "// A comment: with a colon", "// GEMM: M, N and K", "// XFAIL: *"]
)
def test_live_lines(line):
    assert list(filecheck.check_lines((RUN + line).splitlines())) == []


def test_continued_run_line_names_prefix():
    text = "// RUN: tenon-opt %s \\\n// RUN:   | FileCheck %s --check-prefix=PTX\n// PTX-NEXT: a\n"
    assert list(filecheck.check_lines(text.splitlines())) == []


@pytest.mark.parametrize(
    "name,included",
    [
        ("include/tenon/tenon.h", "mlir/IR/Builders.h"),
        ("include/tenon/tenon.h", "runtime/engine/KernelAbi.h"),
        ("runtime/cpu/Device.cpp", "llvm/ADT/StringRef.h"),
        ("runtime/cpu/Device.cpp", "lib/Engine/Writer.h"),
        ("dialects/Infer/IR/Infer.cpp", "lib/Support/Checked.h"),
        ("dialects/Infer/IR/Infer.cpp", "conversion/InferToLinalg/Passes.h"),
        ("conversion/InferToLinalg/A.cpp", "lib/Target/Cpu.h"),
        ("lib/Engine/Writer.cpp", "tools/tenon/Main.h"),
    ],
)
def test_forbidden_arrow(name, included):
    assert list(arrows.violations(name, [f'#include "{included}"'])) == [(1, included)]


@pytest.mark.parametrize(
    "name,included",
    [
        ("include/tenon/tenon.hpp", "tenon/tenon.h"),
        ("include/tenon/tenon.h", "stdint.h"),
        ("runtime/engine/Hash.cpp", "llvm-c/blake3.h"),
        ("runtime/engine/Hash.cpp", "vector"),
        ("lib/Engine/Writer.cpp", "runtime/engine/engine_generated.h"),
        ("conversion/InferToLinalg/A.cpp", "dialects/Infer/IR/Infer.h"),
        ("test/runtime/A.cpp", "lib/Engine/Writer.h"),
    ],
)
def test_allowed_arrow(name, included):
    assert list(arrows.violations(name, [f"#include <{included}>"])) == []


def test_headers():
    assert headers.opening([f"// {SPDX}", "// What it is."]) == ""
    assert headers.opening(["#!/usr/bin/env python3", f"# {SPDX}", '"""What it is."""']) == ""
    assert "first line" in headers.opening(["#include <vector>"])
    assert "sentence" in headers.opening([f"// {SPDX}", "#include <vector>"])


OPS = """include "mlir/IR/OpBase.td"
def Infer_Dialect : Dialect { let name = "infer"; }
def Infer_AOp : Op<Infer_Dialect, "a"> { %s }
"""


def test_documented_ops(tree):
    good = 'let summary = "a"; let description = [{ Text. ```mlir\ninfer.a\n``` }];'
    assert messages(examples.check, tree({"dialects/Infer/IR/InferOps.td": OPS % good})) == []
    found = messages(examples.check, tree({"dialects/Infer/IR/InferOps.td": OPS % ""}))
    assert len(found) == 3 and all("Infer_AOp" in message for message in found)
    assert len(messages(examples.check, tree({"dialects/Infer/IR/InferOps.td": "broken"}))) == 1


def test_constraints(tree):
    ops = OPS % "let description = [{ - (C1) One,\n  which goes on.\n- (C2) Two. }];"
    ops += 'def Infer_BOp : Op<Infer_Dialect, "b"> { let description = [{ - (C1) One, which goes on. }]; }\n'
    test = "test/dialects/Infer/a-invalid.mlir"
    assert messages(constraints.check, tree({"dialects/Infer/IR/InferOps.td": ops, test: "func @b_c1\nfunc @a_c2_more\n"})) == []
    expected = ["a (C2): expected a test @a_c2 in test/dialects/Infer, got none"]
    assert messages(constraints.check, tree({test: "func @a_c1\nfunc @a_c20\n"})) == expected
    assert len(messages(constraints.check, tree({test: "", "test/dialects/Plan/a-invalid.mlir": "func @a_c1\nfunc @a_c2\n"}))) == 2


def test_documented_passes(tree):
    text = 'include "mlir/Pass/PassBase.td"\ndef APass : Pass<"a"> { let summary = "a"; let description = [{%s}]; }\n'
    assert messages(examples.check, tree({"lib/Target/Passes.td": text % "Text. ```mlir\ninfer.a\n```"})) == []
    assert len(messages(examples.check, tree({"lib/Target/Passes.td": text % "Text."}))) == 1


def test_clang_format(tree):
    files = {".clang-format": "BasedOnStyle: LLVM\n", "a.cpp": "int f() { return 1; }\n"}
    assert messages(external.clang_format, tree(files)) == []
    assert messages(external.clang_format, tree({"a.cpp": "int  f(){return 1;}\n"}))


def test_clang_tidy(tree, tmp_path):
    source = "struct A { virtual void f(); };\nstruct B : A { virtual void f(); };\n"
    made = tree({".clang-tidy": "Checks: '-*,modernize-use-override'\n", "lib/a.cpp": source})
    command = f'[{{"directory": "{tmp_path}", "file": "{tmp_path}/lib/a.cpp", "command": "clang++ -c {tmp_path}/lib/a.cpp"}}]'
    (tmp_path / "compile_commands.json").write_text(command)
    assert any("override" in finding.message for finding in external.clang_tidy(made, tmp_path))


def test_ruff(tree):
    assert messages(external.ruff, tree({"a.py": "x = 1\n"})) == []
    assert messages(external.ruff, tree({"a.py": "import os\nx=1\n"}))
