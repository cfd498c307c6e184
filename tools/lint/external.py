# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that other programs make: clang-format, clang-tidy, ruff."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

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


def changed_since(tree, commit):
    status, output = run(["git", "diff", "--name-only", commit], tree.root)
    return set(output.split()) if status == 0 else set()


def rotating_third(tree, files):
    """One of three parts of the files, another one with each commit: three commits see all."""
    status, output = run(["git", "rev-list", "--count", "HEAD"], tree.root)
    turn = int(output) if status == 0 else 0
    return [path for path in files if zlib.crc32(tree.name(path).encode()) % 3 == turn % 3]


def clang_tidy(tree, build, scope="all", deep=False):
    """Runs on the files that the build compiles: all of them, those `changed` against main, or the `share` that CI looks at, which is what
    changed since $TENON_LAST_GREEN (the commit before, if unset) and a rotating third of the rest."""
    if not (build / "compile_commands.json").exists():
        yield Finding(build, 0, "expected compile_commands.json: configure the build first")
        return
    files = tree.select(".cpp", under=("dialects/", "conversion/", "lib/", "runtime/", "tools/"))
    compiled = (build / "compile_commands.json").read_text()
    files = [path for path in files if f'"{path}"' in compiled]
    if scope == "changed":
        files = [path for path in files if tree.name(path) in changed_since(tree, "main")]
    elif scope == "share":
        changed = changed_since(tree, os.environ.get("TENON_LAST_GREEN") or "HEAD~1")
        third = set(rotating_third(tree, files))
        files = [path for path in files if path in third or tree.name(path) in changed]
    command = [LLVM / "clang-tidy", "--quiet", "-p", build, *([f"--checks={DEEP}"] if deep else [])]
    for _, output in parallel(lambda path: run([*command, path], tree.root), files, JOBS):
        yield from findings(output, tree.root)
