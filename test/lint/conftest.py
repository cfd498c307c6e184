# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the lint's modules importable and small project trees easy to write."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lint"))


@pytest.fixture
def tree(tmp_path):
    """A function that writes files into an empty repository and returns it as the lint sees it."""
    from common import Tree, lines

    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        lines.cache_clear()
        return Tree(tmp_path)

    return make
