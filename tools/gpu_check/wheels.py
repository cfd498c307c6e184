# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The reference's wheel in the bundle: the same ONNX Runtime on the machine with the GPU as where Tenon is built, whatever is installed there.

Nothing is installed: a wheel is a zip archive, which is unpacked and stands before the machine's own packages for as long as a run lasts.
"""

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

FOLDER = "wheels"
CARRIED = ("onnxruntime",)
PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]


def pin(name, requirements):
    """The lines of a package in tools/requirements.txt: its version and the hashes of its wheels."""
    found = re.search(rf"^{re.escape(name)}==\S+ \\\n(?:    --hash=\S+(?: \\)?\n)+", requirements, re.M)
    if not found:
        raise SystemExit(f"gpu-check: tools/requirements.txt pins no {name}")
    return found[0]


def download(folder, python, requirements):
    """Puts the wheels of the pinned versions for a Python like 3.12 into `folder`."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(pin(name, requirements) for name in CARRIED))
        file.flush()
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "--only-binary=:all:", "-r", file.name]
        command += ["-d", str(folder), f"--python-version={python}", "--implementation=cp"]
        subprocess.run([*command, *(f"--platform={name}" for name in PLATFORMS)], check=True)


def needed(wheel):
    """The version that is installed instead of this wheel's; None if it is the same or the wheel is for another Python."""
    name, version, tag = wheel.name.split("-")[:3]
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        installed = "none"
    if installed == version:
        return None
    if tag != f"cp{sys.version_info.major}{sys.version_info.minor}":
        print(f"{name} {installed} is installed, not {version} as where the bundle was made, whose wheel is for {tag}", flush=True)
        return None
    return installed


def problem(name, folder):
    """What goes wrong when a new process imports the package from `folder`; "" if nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", f"import {name}"], env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]


def use(carried, site):
    """Unpacks the wheels of `carried` that differ from what is installed, and puts them before it, here and in children."""
    for wheel in sorted(pathlib.Path(carried).glob("*.whl")):
        installed = needed(wheel)
        if not installed:
            continue
        name, version = wheel.name.split("-")[:2]
        folder = pathlib.Path(site) / name
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        if wrong := problem(name, folder):
            print(f"{name} {version} from the bundle does not start here, {installed} is installed: {wrong}", flush=True)
            continue
        print(f"{name} {version} from the bundle; installed is {installed}", flush=True)
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
