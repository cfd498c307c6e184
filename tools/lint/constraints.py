# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every numbered constraint of an op or type has a test that breaks it: constraint (C2) of infer.tile is a function `@tile_c2`, or an alias `#tile_c2`, of a test in
test/dialects/Infer; words may follow the number (`@tile_c2_rank`). Of the ops of a file that share a constraint word for word one has the test."""

import re

import examples
from common import Finding

CONSTRAINT = re.compile(r"- \(C(\d+)\) (.*(?:\n(?! *(?:- |$)).*)*)", re.M)
TESTED = re.compile(r"[@#](\w+?)_c(\d+)(?![0-9])")


def numbered(tree):
    """{(file, dialect's folder, number, text): mnemonics} of every constraint."""
    found = {}
    for root in tree.select(".td", under=("dialects/",)):
        if not re.search(r"(Ops|Types|Attrs)\.td$", root.name):
            continue
        for record in (examples.records(tree, root) or {}).values():
            if not isinstance(record, dict) or not (mnemonic := record.get("opName") or record.get("mnemonic")):
                continue
            path = examples.source_file(record, root)
            for number, text in CONSTRAINT.findall(record.get("description") or ""):
                key = (path, path.relative_to(tree.root).parts[1], number, " ".join(text.split()))
                found.setdefault(key, set()).add(mnemonic)
    return found


def check(tree):
    tested = set()
    for path in tree.select(".mlir", under=("test/dialects/",)):
        dialect = path.relative_to(tree.root).parts[2]
        tested |= {(dialect, mnemonic, number) for mnemonic, number in TESTED.findall(path.read_text())}
    for (path, dialect, number, _), mnemonics in numbered(tree).items():
        if not any((dialect, mnemonic, number) in tested for mnemonic in mnemonics):
            test = f"@{min(mnemonics)}_c{number}"
            yield Finding(path, 0, f"{min(mnemonics)} (C{number}): expected a test {test} in test/dialects/{dialect}, got none")


CHECKS = {"constraints": check}
