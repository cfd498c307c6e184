# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How files open: one SPDX line, then a sentence on what the file is (a .cpp may leave that to its header)."""

import re

from common import Finding, lines

SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
SUFFIXES = (".cpp", ".h", ".hpp", ".c", ".td", ".py", ".cmake", ".fbs", ".sh")
COMMENT = re.compile(r'^\s*(?:(?://+|/\*+|\*|""")\s*|#\s+)\S')


def opening(text):
    """A message if the file does not open as it should, else an empty string."""
    body = [line for line in text[:8] if not line.startswith("#!")]
    if not body:
        return ""
    if SPDX not in body[0]:
        return f"expected the first line to hold '{SPDX}'"
    if len(body) > 1 and not COMMENT.match(body[1]):
        return "expected a sentence on what the file is after the SPDX line"
    return ""


def check(tree):
    for path in tree.select(*SUFFIXES):
        message = opening(lines(path))
        has_header = path.suffix == ".cpp" and path.with_suffix(".h").exists()
        if message and not (has_header and "sentence" in message):
            yield Finding(path, 1, message)


CHECKS = {"headers": check}
