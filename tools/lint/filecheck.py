# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CHECK lines that FileCheck silently ignores: misspelt directives, prefixes no RUN line names, tests that run nothing."""

import re

from common import Finding, lines

SUFFIX = r"(?:-(?:NEXT|SAME|LABEL|DAG|NOT|EMPTY|COUNT-\d+))?(?:\{LITERAL\})?"
COMMENT = re.compile(r"^\s*(?://+|#|;)\s*(.*)$")
# A comment that starts like a directive: upper-case words joined by - or _, then a colon.
DIRECTIVE = re.compile(r"^([A-Z][A-Z0-9]*(?:[-_ ][A-Z0-9]+)*)(\{LITERAL\})?\s*(:)")
NEAR = ("CHECK", "CHECK-NEXT", "CHECK-SAME", "CHECK-LABEL", "CHECK-DAG", "CHECK-NOT", "CHECK-EMPTY", "RUN")
# Words that open ordinary comments.
PROSE = {"TODO", "NOTE", "FIXME", "SPDX-LICENSE-IDENTIFIER", "REQUIRES", "UNSUPPORTED", "XFAIL", "DEFINE", "REDEFINE", "END."}
PREFIX_OPTION = re.compile(r"--?check-prefix(?:es)?[= ]([\w,-]+)")
COMMAND = re.compile(r"\bFileCheck\b([^|&;]*)")


def distance(a, b):
    """Edit distance with transpositions (CHECK-NXET is one away from CHECK-NEXT)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def run_lines(text):
    """The RUN commands, continuation lines joined."""
    commands, joined = [], ""
    for line in text:
        if match := re.match(r"^\s*(?://+|#|;)\s*RUN:\s*(.*)$", line):
            joined += match.group(1)
            if joined.endswith("\\"):
                joined = joined[:-1] + " "
                continue
            commands.append(joined)
            joined = ""
    return commands + ([joined] if joined else [])


def prefixes(commands):
    found = set()
    for command in commands:
        for options in COMMAND.findall(command):
            named = [name for group in PREFIX_OPTION.findall(options) for name in group.split(",")]
            found.update(named or ["CHECK"])
    return found


def check_lines(text):
    """(line number, message) for one test file."""
    commands = run_lines(text)
    if not commands:
        yield 0, "expected a RUN line, got none: the test runs nothing"
    known = prefixes(commands)
    valid = re.compile(rf"^(?:{'|'.join(map(re.escape, sorted(known)))}){SUFFIX}:") if known else None
    used = set()
    for number, line in enumerate(text, 1):
        comment = COMMENT.match(line)
        if not comment:
            continue
        words = comment.group(1)
        if valid and (match := valid.match(words)):
            used.add(next(name for name in sorted(known, key=len, reverse=True) if match.group().startswith(name)))
            continue
        directive = DIRECTIVE.match(words)
        name = directive.group(1) if directive else (re.match(r"[A-Z][A-Z0-9_-]*", words) or [""])[0]
        if name in PROSE or name == "RUN" and directive:
            continue
        near = min(NEAR, key=lambda word: distance(name, word)) if name else ""
        if re.search(r"(?:-|_)(?:NEXT|SAME|LABEL|DAG|NOT|EMPTY)$|CHECK", name):
            yield number, f"'{name}' is no directive of a FileCheck of this file (it knows {', '.join(sorted(known)) or 'none'})"
        elif len(name) > 2 and distance(name, near) <= (1 if near == "RUN" else 2):
            yield number, f"'{name}' looks like a misspelt '{near}:'"
    for name in sorted(known - used):
        yield 0, f"expected lines for the FileCheck prefix '{name}', got none"
    yield from check_diagnostics(text, commands)


def check_diagnostics(text, commands):
    verifies = any("verify-diagnostics" in command for command in commands)
    for number, line in enumerate(text, 1):
        for word in re.findall(r"//\s*(expect\w*-\w+)", line):
            if word not in ("expected-error", "expected-error-re", "expected-warning", "expected-note", "expected-remark"):
                yield number, f"'{word}' is no diagnostic directive"
            elif not verifies:
                yield number, f"'{word}' without a RUN line that has --verify-diagnostics is ignored"


def check(tree):
    for path in tree.select(".mlir", ".test", under=("test/",)):
        if "/Inputs/" in str(path) or "/out-of-tree/" in str(path):
            continue
        for number, message in check_lines(lines(path)):
            yield Finding(path, number, message)


CHECKS = {"check-lines": check}
