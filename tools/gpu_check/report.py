# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of a suite: printed as they come, and written as one results file in the form of docs/results."""

import fnmatch
import json
import os
import pathlib
import platform
import subprocess
import time

KEYS = ("case", "tenon", "peer", "peer_name", "unit", "ratio", "ok")


def row(case, tenon, unit, ok, peer=None, peer_name="", more_is_better=False, **more):
    """One result. `ratio` is peer / tenon where less is better, else tenon / peer: above 1 Tenon is better."""
    ratio = round(tenon / peer if more_is_better else peer / tenon, 3) if peer and tenon else None
    short = [None if value is None else float(f"{value:.5g}") for value in (tenon, peer)]
    found = {"case": case, "tenon": short[0], "peer": short[1], "peer_name": peer_name, "unit": unit, "ratio": ratio, "ok": bool(ok)}
    return found | {key: value for key, value in more.items() if value not in (None, "")}


def selected(case, patterns):
    """Does the case's name match one of the patterns of --only? Without any, every case does."""
    return not patterns or any(fnmatch.fnmatchcase(case, pattern) for pattern in patterns)


def failed(case, message, unit="ms"):
    return row(case, None, unit, False, message=message)


def device_and_driver():
    """Names of the first GPU and its driver; the processor and "cpu" where there is none."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        name, driver = subprocess.run(query, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()[0].split(", ")
        return name.strip(), driver.strip()
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return platform.processor() or platform.machine(), "cpu"


class Report:
    """Collects the rows of one suite. The file is written after every row: a run that is cut off keeps what it has."""

    def __init__(self, suite, folder, commit):
        self.path = pathlib.Path(folder) / f"{suite}.json"
        self.rows, self.begin = [], time.monotonic()
        device, driver = device_and_driver()
        self.head = {"date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": commit, "device": device, "driver": driver}
        print(
            f"\n== {suite}: {device}, driver {driver}\n{'case':44} {'tenon':>10} {'peer':>10} {'unit':5} {'ratio':>6}  result", flush=True
        )

    def add(self, row):
        self.rows.append(row)
        tenon, peer, ratio = ("-" if row[key] is None else f"{row[key]:.5g}" for key in ("tenon", "peer", "ratio"))
        remarks = [f"{key} {row[key]}" for key in row if key not in (*KEYS, "message")] + [row.get("message", "")]
        result = "ok" if row["ok"] else "FAILED"
        print(
            f"{row['case']:44} {tenon:>10} {peer:>10} {row['unit']:5} {ratio:>6}  {result}  {', '.join(filter(None, remarks))}", flush=True
        )
        self.write()

    def write(self):
        body = ",\n".join("  " + json.dumps(row) for row in sorted(self.rows, key=lambda row: row["case"]))
        text = json.dumps(self.head)[:-1] + ', "rows": [\n' + body + "\n]}\n"
        unfinished = self.path.with_suffix(".partial")
        unfinished.write_text(text)
        os.replace(unfinished, self.path)

    @property
    def failures(self):
        return sum(not row["ok"] for row in self.rows) or (0 if self.rows else 1)
