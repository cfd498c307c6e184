# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What travels to the machine with the GPU, and how the suites find it there.

`pack` fills .gpu/bundle with a tree of programs and libraries that needs no LLVM, the runtime's GoogleTest programs and the files that
the suites read, so that the folder alone is enough. The tree is the release's, or that of a development build whose compiler library was
linked once more with LLVM inside. It is packed with xz, which Python unpacks without help.
"""

import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from . import wheels

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".gpu/bundle"
ARCHIVE = "tenon.tar.xz"
# Files of the checkout that the suites read.
TREES = ["tools/gpu-check", "tools/gpu_check", "test/models", "test/tolerances.py", "test/tolerances.json"]
MOST_BYTES = 64 << 20  # that are carried to the other machine in all
STRIP = "/usr/lib/llvm-22/bin/llvm-strip"


def commit():
    """Of this checkout, or the one that pack wrote beside the copy."""
    noted = ROOT / "commit.txt"
    if noted.exists():
        return noted.read_text().strip()
    command = ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def use(bundle):
    """Makes the programs and the Python package of an unpacked bundle (or a build folder) those that every child finds."""
    if not (bundle / "bin/tenon").exists():
        raise SystemExit(f"gpu-check: {bundle} has no bin/tenon; --bundle names an unpacked release, its archive or a build folder")
    os.environ["TENON_BUILD"] = str(bundle)
    os.environ["PATH"] = f"{bundle / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"


def unpacked(path, folder):
    """The tree of `path`, which is one already or an archive that is unpacked into `folder`."""
    if path.is_dir():
        inside = path / ARCHIVE
        return unpacked(inside, folder) if inside.exists() else path
    if not path.exists():
        raise SystemExit(f"gpu-check: {path} does not exist")
    if path.name.endswith(".zst"):
        subprocess.run(["tar", "--zstd", "-xf", path, "-C", folder], check=True)
    else:
        with tarfile.open(path) as archive:
            # Python below 3.11.4 has no filters; it is our own archive.
            archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return next(pathlib.Path(folder).iterdir())


def runtime_tests(build):
    """GoogleTest programs that need neither LLVM nor the fake driver of the CUDA tests."""
    for line in (build / "test/unittests.txt").read_text().split():
        needed = subprocess.run(["readelf", "-d", line], capture_output=True, text=True, check=True).stdout
        if not any(library in needed for library in ("libtenon_compiler", "libMLIR", "libcuda")):
            yield pathlib.Path(line)


def pack(archive, build, folder=FOLDER, python=None):
    """Fills `folder` from a release's archive, or from `build` without one, with wheels for `python` if given; returns its size in bytes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in TREES:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    (folder / "commit.txt").write_text(commit() + "\n")
    if python:
        wheels.download(folder / wheels.FOLDER, python, (ROOT / "tools/requirements.txt").read_text())
    with tempfile.TemporaryDirectory() as scratch:
        if archive:
            tree = unpacked(archive, scratch)
        else:
            import release

            tree = pathlib.Path(scratch) / "tenon"
            release.install_portable(tree, build)
        tests = tree / "test"
        tests.mkdir(exist_ok=True)
        for program in runtime_tests(build):
            subprocess.run([STRIP, "--strip-unneeded", program, "-o", tests / program.name], check=True)
        # Level 1 takes a tenth of the time of level 6 and is a quarter larger.
        environment = {**os.environ, "XZ_OPT": "-1 -T0"}
        subprocess.run(["tar", "-cJf", folder / ARCHIVE, "-C", scratch, tree.name], check=True, env=environment)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        raise SystemExit(f"gpu-check: {folder} has {size / 2**20:.1f} MiB, expected at most {MOST_BYTES >> 20}")
    return size
