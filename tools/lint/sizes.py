# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes: files, functions, and the number of files that name an op's class."""

import ast
import re

from common import Finding, lines

CODE = (".cpp", ".h", ".c", ".hpp", ".py")
FILE_LIMITS = {**dict.fromkeys(CODE, 500), ".td": 400, ".mlir": 200, ".test": 200}
# Code past this wants a reason in long-files.txt.
REASON_LIMIT = 350
FUNCTION_LIMIT = 80
OP_FILES_LIMIT = 4

# A brace opened by one of these holds declarations, not statements.
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def cpp_functions(text):
    """(first line, last line) of each outermost function body."""
    text = NOISE.sub(lambda match: "\n" * match.group().count("\n"), text)
    text = re.sub(r"(?m)^[ \t]*#(?:.*\\\n)*.*$", lambda match: "\n" * match.group().count("\n"), text)
    scopes, head, start, line = [], "", 0, 1
    for char in text:
        line += char == "\n"
        if char == "{":
            is_scope = bool(SCOPE.search(head)) and "(" not in re.sub(r"__attribute__\s*\(\(.*?\)\)|alignas\s*\(.*?\)", "", head)
            if "function" not in scopes and not is_scope:
                start = line
            scopes.append("scope" if is_scope and "function" not in scopes else "function")
            head = ""
        elif char == "}":
            if scopes and scopes.pop() == "function" and "function" not in scopes:
                yield start, line
            head = ""
        elif char == ";":
            head = ""
        else:
            head += char


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def listed_reasons(tree, name):
    """{first word: (line, rest)} of a list in this folder."""
    path = tree.root / "tools/lint" / name
    rows = enumerate(path.read_text().splitlines(), 1) if path.exists() else ()
    return {line.split()[0]: (number, " ".join(line.split()[1:])) for number, line in rows if line.strip()}


def check_files(tree):
    for path in tree.select(*FILE_LIMITS):
        count, limit = len(lines(path)), FILE_LIMITS[path.suffix]
        if count > limit:
            yield Finding(path, 0, f"expected at most {limit} lines, got {count}")


def check_long_files(tree):
    """A source file past REASON_LIMIT has a reason, and a reason has such a file."""
    listing = tree.root / "tools/lint/long-files.txt"
    reasons = listed_reasons(tree, listing.name)
    long = {tree.name(path): path for path in tree.select(*CODE) if len(lines(path)) > REASON_LIMIT}
    for name, path in long.items():
        if not reasons.get(name, (0, ""))[1]:
            message = f"expected at most {REASON_LIMIT} lines, got {len(lines(path))}"
            yield Finding(path, 0, message + " (split it, or add it to tools/lint/long-files.txt with a reason)")
    for name, (number, _) in reasons.items():
        if name not in long:
            yield Finding(listing, number, f"expected a file past {REASON_LIMIT} lines, got {name}")


def check_functions(tree):
    for path in tree.select(".cpp", ".h", ".hpp", ".c", ".py"):
        text = "\n".join(lines(path))
        for first, last in (python_functions if path.suffix == ".py" else cpp_functions)(text):
            if last - first + 1 > FUNCTION_LIMIT:
                yield Finding(path, first, f"expected a function of at most {FUNCTION_LIMIT} lines, got {last - first + 1}")


def check_op_mentions(tree):
    """A graph op's class is named by at most four hand-written files: more means a list that an interface should replace."""
    shared = listed_reasons(tree, "shared-ops.txt")
    classes = {}
    for path in tree.select(".td", under=("dialects/",)):
        for number, line in enumerate(lines(path), 1):
            # Structure ops (constants, terminators, symbolic dims) are everybody's.
            if (match := re.match(r"def (?:Infer|Tile)_(\w+Op)\b", line)) and path.name != "InferStructureOps.td":
                classes[match.group(1)] = (path, number)
    users = {name: set() for name in classes}
    for path in tree.select(".cpp", ".h", under=("dialects/", "conversion/", "lib/")):
        text = "\n".join(lines(path))
        # Other dialects have an IfOp or CastOp too: count qualified names, and bare ones where the namespace is open.
        opened = re.search(r"namespace tenon::(?:infer|tile)\b", text)
        for name in set(re.findall(r"\b(?:infer|tile)::(\w+Op)\b" + (r"|(?<![\w:])(\w+Op)\b" if opened else "|($^)"), text)):
            word = name[0] or name[1]
            if word in users:
                users[word].add(tree.name(path))
    for name, files in sorted(users.items()):
        if len(files) > OP_FILES_LIMIT and name not in shared:
            message = f"expected {name} in at most {OP_FILES_LIMIT} files, got {len(files)}: {', '.join(sorted(files))}"
            yield Finding(*classes[name], message + " (use an interface, or add it to tools/lint/shared-ops.txt with a reason)")


CHECKS = {"file-size": check_files, "long-files": check_long_files, "function-size": check_functions, "op-mentions": check_op_mentions}
