# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line itself: help, misspelt words, wrong values, exit codes, generated pages."""

import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def commands(tenon):
    lines = tenon("--help").stdout.splitlines()
    return [line.split()[0] for line in lines if line.startswith("  ") and not line.startswith("  tenon")]


def test_help_lists_the_commands(tenon):
    assert {"compile", "check", "doctor", "explain"} <= set(commands(tenon))


def test_every_help_fits_a_screen(tenon):
    for command in commands(tenon):
        done = tenon(command, "--help")
        assert done.returncode == 0, command
        lines = done.stdout.splitlines()
        assert len(lines) <= 40, command
        assert max(map(len, lines)) <= 100, command


def test_rare_flags_are_in_the_whole_help(tenon):
    short, whole = tenon("bench", "--help").stdout.splitlines(), tenon("bench", "--help-all").stdout.splitlines()
    assert set(short) < set(whole)
    assert any(line.startswith("  --useCudaGraph ") for line in whole)
    assert max(map(len, whole)) <= 100


def test_no_command_is_wrong_usage(tenon):
    done = tenon()
    assert done.returncode == 2
    assert "usage: tenon COMMAND" in done.stderr


def test_version(tenon):
    assert tenon("--version").stdout.startswith("tenon 0.")


USAGE_ERRORS = {
    ("compil",): "unknown command 'compil'; did you mean 'compile'?",
    ("frobnicate",): "unknown command 'frobnicate'; 'tenon --help' lists the commands",
    ("compile", "m", "--emot=plan"): "unknown flag '--emot' for 'tenon compile'; did you mean '--emit'?",
    ("compile", "m", "--zzzzzzzz"): "unknown flag '--zzzzzzzz' for 'tenon compile'; see 'tenon compile --help'",
    ("check", "m", "--cpu=native"): "unknown flag '--cpu' for 'tenon check'; it belongs to: compile",
    ("compile", "m", "-o"): "flag '-o' expects a value",
    ("compile",): "expected 'tenon compile MODEL -o ENGINE', got 0 arguments that are not a flag",
    ("check", "a", "b"): "expected 'tenon check MODEL', got 2 arguments that are not a flag",
    ("compile", "m"): "expected -o ENGINE, the file to write",
    ("compile", "m", "-o", "e", "--cpu=386"): "--cpu expects one of x86-64-v3, x86-64-v4, native, got '386'",
    ("compile", "m", "-o", "e", "--target=tpu"): "--target expects one of cpu, cuda, got 'tpu'",
    ("compile", "m", "-o", "e", "--emit=soup"): "--emit expects one of infer, fused, linalg, kernels, llvm, asm, plan, engine, got 'soup'",
    (
        "compile",
        "m",
        "-o",
        "e",
        "--target=cuda",
        "--emit=asm",
    ): "--emit expects one of infer, fused, linalg, kernels, nvvm, ptx, plan, engine",
    ("compile", "m", "-o", "e", "--target=cpu:sm_90a"): "expected target cpu or cuda, got 'cpu:sm_90a'",
    ("compile", "m", "-o", "e", "--compile-threads=-1"): "--compile-threads expects a whole number from 0 to 1024, got '-1'",
    ("compile", "m", "-o", "e", "--compile-threads=99999999999999999999"): "--compile-threads expects a whole number from 0 to 1024",
    ("compile", "m", "-o", "e", "--shapes=x"): "--shapes: expected NAME:1x128, got 'x'",
    ("compile", "m", "-o", "e", "--shapes=x:1xfoo"): "--shapes: expected dims like 1x128, got 'foo' in 'x:1xfoo'",
    ("compile", "m", "-o", "e", "--shapes=x:1,x:2"): "--shapes names input 'x' twice",
    ("compile", "m", "-o", "e", "--progress=loud"): "--progress expects one of auto, plain, none, got 'loud'",
    ("explain", "nothing"): "unknown error code 'nothing'; 'tenon explain' lists all of them",
}


@pytest.mark.parametrize("arguments", USAGE_ERRORS, ids=" ".join)
def test_wrong_usage(tenon, arguments):
    done = tenon(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"error[usage]: {USAGE_ERRORS[arguments]}" in done.stderr


def test_wrong_usage_as_json(tenon):
    done = tenon("compile", "m", "--emot=plan", "--json")
    assert done.returncode == 2
    diagnostic = json.loads(done.stderr)
    assert diagnostic["severity"] == "error"
    assert diagnostic["code"] == "usage"
    assert "--emit" in diagnostic["message"]


def test_unknown_architectures_are_refused(tenon):
    for names, got in (("sm_75", "sm_75"), ("sm_90a,compute_90a", "compute_90a"), ("", "")):
        done = tenon("compile", "m", "-o", "e", f"--target=cuda:{names}")
        assert done.returncode == 1
        assert "error[unsupported-target]: expected a GPU architecture among sm_120a, sm_120, " in done.stderr
        assert f", compute_80, got '{got}'" in done.stderr


def test_missing_assembler(tenon):
    done = tenon("compile", "m", "-o", "e", "--target=cuda", "--ptxas=/nonexistent")
    assert done.returncode == 3
    assert "error[missing]: expected a program that can be run as ptxas, got '/nonexistent'" in done.stderr


def test_terminal_control_is_escaped(tenon):
    done = tenon("\x1b[2Jboo")
    assert "\x1b" not in done.stderr


def test_doctor(tenon):
    done = tenon("doctor", "--python=/nonexistent", "--ptxas=/nowhere")
    assert done.returncode == 0
    assert "'/nonexistent' cannot be run" in done.stdout
    assert "expected a program that can be run as ptxas, got '/nowhere'" in done.stdout
    findings = {row["name"]: row for row in json.loads(tenon("doctor", "--json").stdout)["findings"]}
    assert {"tenon", "system", "cpu", "memory", "gpu", "ptxas", "onnxruntime"} <= set(findings)
    assert findings["cpu"]["ok"]
    features = findings["cpu"]["features"]
    assert {"avx2", "bmi2", "f16c", "fma", "popcnt"} <= set(features)
    assert f"\n{' ' * 17}{', '.join(features)}\n" in done.stdout
    level = "x86-64-v4" if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= set(features) else "x86-64-v3"
    assert findings["cpu"]["value"].endswith(level)
    assert all("features" not in row for name, row in findings.items() if name != "cpu")
    assert f"run on {'both' if findings['gpu']['ok'] else 'the cpu'}\n" in done.stdout


def test_explain(tenon):
    done = tenon("explain", "mismatch")
    assert done.returncode == 0
    assert "(exit code 1)" in done.stdout
    codes = [row["code"] for row in json.loads(tenon("explain", "--json").stdout)]
    assert len(codes) == len(set(codes)) > 5


@pytest.mark.parametrize("page, flag", [("cli.md", "--help-markdown"), ("errors.md", "--errors-markdown")])
def test_page_is_current(tenon, page, flag):
    expected = tenon(flag).stdout
    assert (ROOT / "docs" / page).read_text() == expected, f"run: build/dev/bin/tenon {flag} > docs/{page}"
