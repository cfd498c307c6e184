#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes dist/tenon-<version>-linux-x86_64.tar.zst and the wheel from the release build, and refuses to if they would not run elsewhere.

    tools/bootstrap release             build the release preset, install, pack, check
    tools/bootstrap release --portable  the same from the development build: seconds, for CI and for trying a change elsewhere
    tools/bootstrap release --check F   unpack an archive and run its checks alone

Checked: size, the glibc that the libraries ask for, the libraries they need, the symbols they export, that programs start, that a model
compiles for every target and runs, that the compiler works in one process with another LLVM, and that the wheel works in a new environment.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
LLVM = pathlib.Path("/usr/lib/llvm-22/bin")
MAX_BYTES = 40 << 20
MAX_GLIBC = (2, 36)
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"}
OWN_LIBRARIES = {"libtenon_runtime.so.0", "libtenon_compiler.so", "libprotobuf-lite.so.32"}
# Debian's file, carried as it is (see lib/Importer/Onnx/CMakeLists.txt): its exports are its own, and it wants the C++ library.
CARRIED = {"libprotobuf-lite.so.32": {"libstdc++.so.6", "libgcc_s.so.1"}}


def output(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def version():
    return re.search(r"project\(tenon VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def binaries(tree):
    return [path for folder in ("bin", "lib") for path in sorted((tree / folder).iterdir()) if path.is_file() and not path.is_symlink()]


def glibc_problems(path):
    for found in set(re.findall(r"GLIBC_(\d+)\.(\d+)", output(LLVM / "llvm-readelf", "--version-info", path))):
        if tuple(map(int, found)) > MAX_GLIBC:
            yield f"{path.name} needs glibc {'.'.join(found)}, expected at most {'.'.join(map(str, MAX_GLIBC))}"


def library_problems(path):
    for needed in re.findall(r"NEEDED.*\[(.*?)\]", output(LLVM / "llvm-readelf", "-d", path)):
        if needed not in SYSTEM_LIBRARIES | OWN_LIBRARIES | CARRIED.get(path.name, set()):
            yield f"{path.name} needs {needed}"


def symbol_problems(path):
    if ".so" not in path.name or path.name in CARRIED:
        return
    lines = output(LLVM / "llvm-nm", "-D", "--defined-only", path).splitlines()
    names = [line.split()[-1].split("@")[0] for line in lines]
    foreign = [name for name in names if not name.startswith("tenon_") and name not in ("TENON_0", "_init", "_fini")]
    if foreign:
        yield f"{path.name} exports {len(foreign)} symbols that are not its C ABI, for example {foreign[0]}"


def start_problems(tree):
    for program in sorted((tree / "bin").iterdir()):
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, env={})
        if done.returncode:
            yield f"{program.name} --version: status {done.returncode}: {done.stderr.strip()[:200]}"


# Another LLVM, made global, comes first: if ours did not keep its symbols to itself, the two would mix and crash or misbehave.
TWO_LLVMS = """
import ctypes, sys
other = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
assert other.LLVMContextCreate
compiler = ctypes.CDLL(sys.argv[2])
words = [b"tenon-opt", sys.argv[3].encode(), b"--canonicalize", b"--convert-func-to-llvm", b"-o", b"/dev/null"]
sys.exit(compiler.tenon_opt_main(len(words), (ctypes.c_char_p * len(words))(*words)))
"""


def two_llvm_problems(tree):
    source = ROOT / "test/Inputs/identity.mlir"
    command = [sys.executable, "-c", TWO_LLVMS, LLVM.parent / "lib/libLLVM.so", tree / "lib/libtenon_compiler.so", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"beside another LLVM in one process: status {done.returncode}: {done.stderr.strip()[-300:]}"


SMALL_MODEL = """<ir_version: 10, opset_import: ["" : 23]> model (float[n, 3] x, float[3, 5] w) => (float[n, 5] y)
{ s = MatMul(x, w) y = Softmax<axis=-1>(s) }"""
TARGETS = ("cpu", "cuda:sm_90a")


def small_model(folder):
    import onnx.parser  # the environment of tools/bootstrap has it

    path = pathlib.Path(folder) / "small.onnx"
    path.write_bytes(onnx.parser.parse_model(SMALL_MODEL).SerializeToString())
    return path


def model_problems(tree):
    with tempfile.TemporaryDirectory() as folder:
        model, engine = small_model(folder), pathlib.Path(folder) / "small.tenon"
        commands = [["compile", model, "-o", engine, f"--target={target}"] for target in reversed(TARGETS)]
        for command in [*commands, ["run", engine, "--shapes=x:2x3"], ["inspect", engine]]:
            words = [str(word) for word in (tree / "bin/tenon", *command)]
            # ptxas is the one program that compiling for a GPU looks for.
            done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
            if done.returncode:
                yield f"{' '.join(words[1:])}: status {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}"


IN_ENVIRONMENT = """
import sys, numpy, tenon
feeds = {"x": numpy.ones((2, 3), numpy.float32), "w": numpy.ones((3, 5), numpy.float32)}
assert sys.prefix in tenon.__file__, tenon.__file__
assert numpy.allclose(tenon.compile(sys.argv[1])(feeds)["y"], 0.2)
"""


def wheel_problems(wheel):
    """Installs into a new environment, which sees this one's numpy and nothing of the source tree."""
    import numpy

    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder) / "environment"
        python = home / "bin/python"
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        output(python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check", wheel)
        packages = pathlib.Path(numpy.__file__).parents[1]
        for command in ([python, "-c", IN_ENVIRONMENT, small_model(folder)], [home / "bin/tenon", "check", small_model(folder)]):
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={"PYTHONPATH": str(packages)})
            if done.returncode:
                yield f"{wheel.name}: {command[0].name}: status {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}"


def problems(tree):
    for path in binaries(tree):
        yield from glibc_problems(path)
        yield from library_problems(path)
        yield from symbol_problems(path)
    yield from start_problems(tree)
    yield from model_problems(tree)
    yield from two_llvm_problems(tree)
    for needed in (
        "bin/tenon",
        "lib/libtenon_runtime.so",
        "lib/libtenon_compiler.so",
        "include/tenon/tenon.h",
        "python/tenon",
        "share/tenon/LICENSE",
        "share/tenon/THIRD_PARTY.md",
        "share/tenon/tuned.jsonl",
    ):
        if not (tree / needed).exists():
            yield f"{needed} is missing"


def pack(tree, archive, level=19):
    """The same bytes for the same tree: sorted names, no owner, no times."""
    archive.parent.mkdir(exist_ok=True)
    archive.unlink(missing_ok=True)
    fixed = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=2026-01-01 00:00Z", "--format=gnu"]
    environment = {**os.environ, "ZSTD_CLEVEL": str(level), "ZSTD_NBTHREADS": "0"}
    subprocess.run(["tar", *fixed, "--zstd", "-cf", archive, "-C", tree.parent, tree.name], check=True, env=environment)


def run(*command):
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def strip(tree):
    for path in binaries(tree):
        subprocess.run([LLVM / "llvm-strip", "--strip-unneeded", path], check=True)


def install(tree):
    """Builds the release preset and installs it into `tree`."""
    run("cmake", "--preset", "release")
    run("ninja", "-C", "build/release")
    run("cmake", "--install", "build/release", "--prefix", tree)
    strip(tree)


def install_portable(tree, build=ROOT / "build/dev"):
    """Installs a development build into `tree`, its compiler library linked once more, with LLVM inside."""
    run("ninja", "-C", build, "all", "tenon_compiler_portable")
    run("cmake", "--install", build, "--prefix", tree)
    shutil.copy2(build / "portable/lib/libtenon_compiler.so", tree / "lib")
    (protobuf,) = re.findall(r"libprotobuf-lite\.so\.\d+ => (\S+)", output("ldd", tree / "lib/libtenon_compiler.so"))
    shutil.copy2(protobuf, tree / "lib")
    strip(tree)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", type=pathlib.Path, metavar="ARCHIVE")
    parser.add_argument("--portable", action="store_true")
    options = parser.parse_args()
    name = f"tenon-{version()}-linux-x86_64{'-portable' if options.portable else ''}"
    archive = (options.check or ROOT / "dist" / f"{name}.tar.zst").resolve()
    with tempfile.TemporaryDirectory() as folder:
        found = []
        if not options.check:
            tree = pathlib.Path(folder) / "build" / name
            (install_portable if options.portable else install)(tree)
            pack(tree, archive, 3 if options.portable else 19)
            # A portable wheel would have a release's name, so it does not stay.
            place = pathlib.Path(folder) / "build" if options.portable else archive.parent
            wheel = output(sys.executable, ROOT / "tools/make-wheel", "--from", tree, "--to", place).strip()
            found += wheel_problems(pathlib.Path(wheel))
            shutil.rmtree(tree.parent)
        subprocess.run(["tar", "--zstd", "-xf", archive, "-C", folder], check=True)
        found += problems(next(pathlib.Path(folder).iterdir()))
    if archive.stat().st_size > MAX_BYTES:
        found.append(f"the archive has {archive.stat().st_size / 2**20:.1f} MiB, expected at most {MAX_BYTES >> 20}")
    for problem in found:
        print(problem)
    print(f"{archive}: {archive.stat().st_size / 2**20:.1f} MiB, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
