# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The generated pages are current, and links between pages lead somewhere."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tools/**/*.md")]


def test_generated_pages_are_current():
    done = subprocess.run([sys.executable, ROOT / "tools/docs.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
        assert (page.parent / target).exists(), f"link to {target}"


def test_figures_of_the_readme_are_the_results():
    """Each row of its table is one of docs/results, so that a new measurement changes both."""
    results = {"CPU, 2 threads": "cpu/models.json", "H200": "h200/models.json"}
    rows = re.findall(r"^\| (\S+ \S+) \| (.*?) \| (\S+) ms \| (\S+) ms, (.*?) \| (\S+) \|$", (ROOT / "README.md").read_text(), re.M)
    assert len(rows) == 8
    for case, device, tenon, peer, name, ratio in rows:
        measured = json.loads((ROOT / "docs/results" / results[device]).read_text())["rows"]
        (row,) = (row for row in measured if row["case"] == case)
        assert row["peer_name"].startswith(name), case
        assert (f"{row['tenon']:.3g}", f"{row['peer']:.3g}", f"{row['ratio']:.2f}") == (tenon, peer, ratio), case
