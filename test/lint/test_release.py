# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The release's checks refuse what they must: foreign symbols, unknown libraries, missing files."""

import importlib.util
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLANG = "/usr/bin/clang-22"


@pytest.fixture(scope="module")
def release():
    spec = importlib.util.spec_from_file_location("release", ROOT / "tools/release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def library(folder, source, *flags):
    path = folder / "libtenon_runtime.so"
    (folder / "a.c").write_text(source)
    subprocess.run([CLANG, "-shared", "-fPIC", folder / "a.c", "-o", path, *flags], check=True)
    return path


def test_exports(release, tmp_path):
    assert not list(release.symbol_problems(library(tmp_path, "int tenon_run(void) { return 0; }")))
    found = list(release.symbol_problems(library(tmp_path, "int tenon_run(void) { return 0; } int llvm_leak(void) { return 0; }")))
    assert len(found) == 1 and "llvm_leak" in found[0]


def test_needed_libraries(release, tmp_path):
    assert not list(release.library_problems(library(tmp_path, "int tenon_run(void) { return 0; }")))
    found = list(release.library_problems(library(tmp_path, "int x;", "-Wl,--no-as-needed", "-lz")))
    assert found == ["libtenon_runtime.so needs libz.so.1"]


def test_glibc(release, tmp_path, monkeypatch):
    path = library(tmp_path, "#include <stdlib.h>\nvoid *tenon_take(void) { return malloc(1); }")
    assert not list(release.glibc_problems(path))
    monkeypatch.setattr(release, "MAX_GLIBC", (2, 1))
    assert any("needs glibc" in problem for problem in release.glibc_problems(path))


def test_licence_texts_of_what_is_inside():
    """Each library of the table that a release has is under Apache-2.0, whose text is LICENSE, or its text is in the page."""
    page = (ROOT / "THIRD_PARTY.md").read_text()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")][1:]
    inside = [row for row in rows if not row[3].startswith("no")]
    assert len(inside) >= 7
    texts = re.findall(r"^### (.*)\n```text\n(.{400,}?)\n```$", page, re.M | re.S)
    headings = " ".join(heading for heading, _ in texts)
    for software, licence, _, _ in inside:
        names = [re.sub(r" [\d.]+$", "", name) for name in software.split(", ")]
        assert licence.startswith("Apache-2.0") or all(name in headings for name in names), software
    assert "Apache License" in (ROOT / "LICENSE").read_text() and "LLVM Exceptions" in (ROOT / "LICENSE").read_text()


def test_archive_is_reproducible(release, tmp_path):
    tree = tmp_path / "tenon"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/a").write_text("a")
    release.pack(tree, tmp_path / "one/a.tar.zst")
    other = tmp_path / "other/tenon"
    shutil.copytree(tree, other)
    (other / "bin/a").touch()
    release.pack(other, tmp_path / "two/a.tar.zst")
    assert (tmp_path / "one/a.tar.zst").read_bytes() == (tmp_path / "two/a.tar.zst").read_bytes()
