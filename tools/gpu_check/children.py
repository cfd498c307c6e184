# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Work in processes of its own: a case that crashes, hangs or loses the GPU is one failed row, and the suite goes on."""

import json
import os
import pathlib
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class ChildError(Exception):
    """What became of a child that brought no result: one line."""


def environment():
    """Of every child: this checkout's tools and models, the bundle's programs and Python package (see bundle.use)."""
    places = [HERE.parent, ROOT / "test", ROOT / "test/models", pathlib.Path(os.environ["TENON_BUILD"]) / "python", ROOT / "python"]
    libraries = pathlib.Path(os.environ["TENON_BUILD"]) / "lib"
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*map(str, places), os.environ.get("PYTHONPATH", "")]),
        "LD_LIBRARY_PATH": os.pathsep.join([str(libraries), os.environ.get("LD_LIBRARY_PATH", "")]),
    }


def start(command, **options):
    """A child in a session of its own, so that its own children end with it."""
    words = [str(word) for word in command]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment(), start_new_session=True, **options)


def stop(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def run(command, timeout):
    """(status, stdout, stderr) of a program."""
    child = start(command, stderr=subprocess.PIPE)
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise ChildError(f"no result in {timeout:.0f} s") from None
    finally:
        stop(child)
    return child.returncode, out, err


def call(module, arguments, timeout):
    """Runs `gpu_check.<module>` as a program and returns the JSON of the last line that it prints."""
    status, out, err = run([sys.executable, "-m", f"gpu_check.{module}", *arguments], timeout)
    if status:
        raise ChildError(f"status {status}: {last_line(err)}")
    try:
        return json.loads(out.splitlines()[-1])
    except (IndexError, ValueError):
        raise ChildError(f"no result: {last_line(out + err)}") from None


def last_line(text):
    return (text.strip().splitlines() or ["no message"])[-1][:300]
