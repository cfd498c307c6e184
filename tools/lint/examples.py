# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op and pass has a summary, a description and an example in MLIR; all examples parse.

An example is a fence that opens with ```mlir in the description. It may be a fragment: names it does not define become
values of whatever type their uses ask for, symbols it does not define become functions without arguments. A line that holds
only `// becomes`, `// -----`, `// Before` or `// After` starts a new fragment.
"""

import json
import re
import subprocess

from common import LLVM, Finding

FENCE = re.compile(r"```mlir\n(.*?)```", re.S)
SPLIT = re.compile(r"^\s*//\s*(?:-----|=+>|becomes|before|after|to|into)[\s:.]*$", re.M | re.I)
NAME = re.compile(r"(?<![\w\"])%([A-Za-z0-9_$.-]+)(?::\d+|#\d+)?")
MISMATCH = re.compile(r"use of value '%([^']+)' expects different type than prior uses: '(.*)' vs '(.*)'")


def records(tree, path):
    """The TableGen records of a root file, with their superclasses."""
    done = subprocess.run(
        [LLVM / "llvm-tblgen", "-dump-json", "-I", tree.root, "-I", LLVM.parent / "include", path],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def source_file(record, root):
    """The file that defines a record of the root file `root`."""
    file = root.parent / record.get("!locs", [""])[0].split(":")[0]
    return file if file.is_file() else root


def is_pass(record):
    return "PassBase" in record["!superclasses"]


def is_op(record):
    return "Op" in record["!superclasses"] and record.get("opDialect")


def documented(tree):
    """(file, record name, kind, record) of every op and pass that the project defines, once each."""
    seen = set()
    for path in tree.select(".td", under=("dialects/", "conversion/", "lib/")):
        if not re.search(r"(Ops|Passes)\.td$", path.name):
            continue
        data = records(tree, path)
        if data is None:
            yield path, path.name, "broken", None
            continue
        for name, record in data.items():
            if not isinstance(record, dict) or "!superclasses" not in record or name in seen:
                continue
            kind = "pass" if is_pass(record) else "op" if is_op(record) else None
            if kind and (kind == "pass" or record["opDialect"]["def"].split("_")[0] in ("Infer", "Plan", "Tile")):
                seen.add(name)
                yield source_file(record, path), name, kind, record


def fragments(record):
    """The example fragments in a record's description."""
    for fence in FENCE.findall(record.get("description") or ""):
        yield from (part for part in SPLIT.split(fence) if part.strip())


def check(tree):
    for path, name, kind, record in documented(tree):
        if record is None:
            yield Finding(path, 0, "llvm-tblgen cannot read this file")
            continue
        for field in ("summary", "description"):
            if not (record.get(field) or "").strip():
                yield Finding(path, 0, f"{kind} {name}: expected a {field}, got none")
        if not any(fragments(record)):
            yield Finding(path, 0, f"{kind} {name}: expected an example (a ```mlir fence in the description), got none")


CHECKS = {"documented": check}


def defined_names(text):
    """SSA names and symbols that a fragment defines."""
    values = set(re.findall(r"%([\w$.-]+)(?::\d+)?(?:\s*,\s*%[\w$.-]+(?::\d+)?)*\s*=(?!=)", text))
    for group in re.findall(r"((?:%[\w$.-]+(?::\d+)?\s*,\s*)+%[\w$.-]+(?::\d+)?)\s*=", text):
        values.update(re.findall(r"%([\w$.-]+)", group))
    for arguments in re.findall(r"\^\w+\((.*?)\):|func\.func[^(]*\((.*?)\)|(?:iter_args|in)\s*\((.*?)\)", text, re.S):
        values.update(re.findall(r"%([\w$.-]+)\s*(?::|=)", " ".join(arguments)))
    symbols = set(re.findall(r"(?:func\.func|tile\.kernel|module)\s+(?:private\s+)?@([\w$.-]+)", text))
    return values, symbols


class Example:
    """A fragment that is being made parseable: the types of its free names are learned from the parser's complaints."""

    def __init__(self, label, text):
        self.label, self.text, self.error, self.done = label, text.strip("\n"), "", False
        values, symbols = defined_names(text)
        used = dict.fromkeys(NAME.findall(re.sub(r"//.*", "", text)))
        self.types = {name: "none" for name in used if name not in values}
        self.symbols = [name for name in dict.fromkeys(re.findall(r"@([\w$.-]+)", text)) if name not in symbols]
        self.whole = text.lstrip().startswith(("module", "func.func", "#"))

    def source(self):
        symbols = "".join(f"func.func private @{name}()\n" for name in self.symbols)
        if self.whole:
            return symbols + self.text + "\n"
        values = "".join(f'%{name} = "example.value"() : () -> {type_}\n' for name, type_ in self.types.items())
        return f"{symbols}{values}{self.text}\n"

    def learn(self, message):
        """True if the message told the type of a free name."""
        match = MISMATCH.search(message)
        if not match or match[1] not in self.types or self.types[match[1]] == match[2]:
            return False
        self.types[match[1]] = match[2]
        return True


def parse_all(examples, opt):
    """Parses all examples, many in one run of tenon-opt; leaves the error text in those that fail."""
    waiting = list(examples)
    while waiting:
        text, starts = "", []
        for example in waiting:
            starts.append(text.count("\n") + 1)
            text += example.source() + "// -----\n"
        command = [opt, "--split-input-file", "--allow-unregistered-dialect", "-o", "/dev/null"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        errors = [(int(line), message) for line, message in re.findall(r"<stdin>:(\d+):\d+: error: (.*)", done.stderr)]
        again = []
        for example, start, end in zip(waiting, starts, [*starts[1:], text.count("\n") + 2], strict=True):
            mine = [message for line, message in errors if start <= line < end]
            if mine and example.learn(mine[0]):
                again.append(example)
            else:
                example.error, example.done = "; ".join(mine), True
        if done.returncode and not errors:
            raise RuntimeError(f"tenon-opt failed without a message: {done.stderr[:400]}")
        waiting = again
