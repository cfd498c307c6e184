# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The test runner must never report success for tests that failed or did not run."""

import importlib.machinery
import importlib.util
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load():
    loader = importlib.machinery.SourceFileLoader("run_tests", str(ROOT / "tools/run-tests"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", loader))
    loader.exec_module(module)
    return module


def write(folder, text):
    path = folder / "report.xml"
    path.write_text(text)
    return path


def test_counts_passed_failed_and_skipped(tmp_path):
    report = write(tmp_path, '<testsuites><testsuite tests="7" failures="2" errors="1" skipped="1"/></testsuites>')
    assert load().junit(report, 1) == (3, 3)


def test_missing_report_is_a_failure(tmp_path):
    assert load().junit(tmp_path / "none.xml", 0) == (0, 1)


def test_nonzero_status_without_failures_is_a_failure(tmp_path):
    assert load().junit(write(tmp_path, '<testsuite tests="2"/>'), 1) == (2, 1)
