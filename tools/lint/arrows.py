# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dependency arrows: which folder may include which. docs/architecture.md has the picture; this table is what is checked."""

import re

from common import Finding, lines

OURS = ("include", "dialects", "conversion", "lib", "runtime", "tools", "test", "python")
FOREIGN = ("mlir", "llvm", "mlir-c", "llvm-c", "google/protobuf", "onnx", "flatbuffers", "gtest", "gmock")

LIBRARIES = ("google/protobuf/", "onnx", "flatbuffers/")

# Folder: what its files may include. A prefix ending in "/" is a folder; system headers are always allowed.
ALLOWED = {
    "include/": ("tenon/",),
    "dialects/": ("dialects/", "mlir/", "llvm/"),
    "conversion/": ("conversion/", "dialects/", "mlir/", "llvm/"),
    "lib/": ("lib/", "conversion/", "dialects/", "runtime/", "tenon/", "mlir/", "llvm/", "llvm-c/", *LIBRARIES),
    # BLAKE3 comes with LLVM but needs none of it.
    "runtime/": ("runtime/", "tenon/", "flatbuffers/", "llvm-c/blake3.h"),
}
INCLUDE = re.compile(r'^\s*#?\s*include\s+["<]([^">]+)[">]')


def owner(name):
    """The part of the world that an included path belongs to, "" for the system."""
    if name.startswith("tenon/"):
        return "tenon/"
    for folder in (*OURS, *FOREIGN):
        if name.startswith(folder + "/") or (folder == "onnx" and name.startswith("onnx")):
            return folder + "/"
    return ""


def violations(name, text):
    """(line number, included path) for a file called `name`."""
    allowed = next((paths for folder, paths in ALLOWED.items() if name.startswith(folder)), None)
    if allowed is None:
        return
    for number, line in enumerate(text, 1):
        match = INCLUDE.match(line)
        if match and owner(match.group(1)) and not match.group(1).startswith(allowed):
            yield number, match.group(1)


def check(tree):
    for path in tree.select(".h", ".hpp", ".c", ".cpp", ".td"):
        for number, included in violations(tree.name(path), lines(path)):
            folder = tree.name(path).split("/")[0]
            yield Finding(path, number, f"{folder}/ must not include {included}")


CHECKS = {"arrows": check}
