# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what review should not have to: formats, sizes, arrows between folders, CHECK lines, documentation.

    python3 tools/lint                 all checks but clang-tidy (seconds)
    python3 tools/lint --tidy          clang-tidy too, on all files (about a second a file)
    python3 tools/lint --tidy changed  on files that differ from main
    python3 tools/lint --tidy share    on what CI looks at: files changed since $TENON_LAST_GREEN and a rotating third
    python3 tools/lint --fix           formats C++ and Python

Prints `path:line: message [check]`; the last line counts checks. Exit status 1 if there is anything to mend.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import arrows
import constraints
import examples
import external
import filecheck
import headers
import sizes
from common import Tree

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = {
    **headers.CHECKS,
    **sizes.CHECKS,
    **arrows.CHECKS,
    **filecheck.CHECKS,
    **examples.CHECKS,
    **constraints.CHECKS,
    "clang-format": external.clang_format,
    "ruff": external.ruff,
}


def main():
    parser = argparse.ArgumentParser(prog="tools/lint", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=[*CHECKS, "clang-tidy"], help="one check; may be repeated")
    parser.add_argument("--tidy", nargs="?", const="all", choices=["all", "changed", "share"], help="run clang-tidy")
    parser.add_argument("--deep", action="store_true", help="clang-tidy's slow checks too (15 s a file)")
    parser.add_argument("--fix", action="store_true", help="format C++ and Python")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    options = parser.parse_args()

    tree = Tree(ROOT)
    if options.fix:
        for fix in (external.clang_format, external.ruff):
            list(fix(tree, fix=True))
    total = failed = 0
    names = options.only or [*CHECKS, *(["clang-tidy"] if options.tidy else [])]
    for name in names:
        if name == "clang-tidy":
            found = external.clang_tidy(tree, options.build.resolve(), options.tidy or "all", options.deep)
        else:
            found = CHECKS[name](tree)
        before = total
        for finding in found:
            where = finding.path.relative_to(ROOT) if finding.path.is_relative_to(ROOT) else finding.path
            print(f"{where}:{finding.line}: {finding.message} [{name}]")
            total += 1
        failed += total > before
    print(f"lint: {total} findings")
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
