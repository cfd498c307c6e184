# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that other programs make: clang-format, clang-tidy, ruff."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from common import LLVM, Finding, parallel

JOBS = os.cpu_count() or 1
WHERE = re.compile(r"^(?P<path>[^\s:][^:]*):(?P<line>\d+):\d+: (?:warning|error): (?P<message>.*)$")


# On top of .clang-tidy; each of these makes clang-tidy walk all of MLIR's headers.
DEEP = (
    "bugprone-use-after-move,bugprone-infinite-loop,bugprone-integer-division,"
    "bugprone-bool-pointer-implicit-conversion,bugprone-unused-raii,performance-move-const-arg"
)


def run(command, root):
    done = subprocess.run([str(part) for part in command], cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def findings(output, root):
    seen = set()
    for line in output.splitlines():
        if (match := WHERE.match(line)) and (key := (match["path"], match["line"], match["message"])) not in seen:
            seen.add(key)
            yield Finding((root / match["path"]).resolve(), int(match["line"]), match["message"])


def chunks(items, size):
    return [items[at : at + size] for at in range(0, len(items), size)]


def clang_format(tree, fix=False):
    files = tree.select(".cpp", ".h", ".hpp", ".c")
    mode = ["-i"] if fix else ["--dry-run", "--Werror"]
    for _, output in parallel(lambda part: run([LLVM / "clang-format", *mode, *part], tree.root), chunks(files, 40), JOBS):
        yield from findings(output, tree.root)


def ruff_program():
    beside = pathlib.Path(sys.executable).with_name("ruff")
    return beside if beside.exists() else shutil.which("ruff")


def ruff(tree, fix=False):
    program = ruff_program()
    if not program:
        yield Finding(tree.root / "tools/requirements.txt", 0, "expected ruff in the environment (tools/bootstrap installs it)")
        return
    _, output = run([program, "check", "--output-format=concise", *(["--fix"] if fix else []), "."], tree.root)
    for line in output.splitlines():
        if match := re.match(r"^(.*?):(\d+):\d+: (.*)$", line):
            yield Finding(tree.root / match[1], int(match[2]), match[3])
    _, output = run([program, "format", *([] if fix else ["--check"]), "."], tree.root)
    for line in output.splitlines():
        if match := re.match(r"^Would reformat: (.*)$", line):
            yield Finding(tree.root / match[1], 0, "not formatted (tools/lint --fix formats it)")


def clang_tidy(tree, build, changed_only=False, deep=False):
    """Runs on the files that the build compiles; with `changed_only`, on those that differ from main."""
    if not (build / "compile_commands.json").exists():
        yield Finding(build, 0, "expected compile_commands.json: configure the build first")
        return
    files = tree.select(".cpp", under=("dialects/", "conversion/", "lib/", "runtime/", "tools/"))
    compiled = (build / "compile_commands.json").read_text()
    files = [path for path in files if f'"{path}"' in compiled]
    if changed_only:
        _, output = run(["git", "diff", "--name-only", "main"], tree.root)
        files = [path for path in files if tree.name(path) in output.split()]
    command = [LLVM / "clang-tidy", "--quiet", "-p", build, *([f"--checks={DEEP}"] if deep else [])]
    for _, output in parallel(lambda path: run([*command, path], tree.root), files, JOBS):
        yield from findings(output, tree.root)
