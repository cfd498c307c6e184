# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What all checks share: the project's files and the form of a finding."""

import dataclasses
import functools
import pathlib
import subprocess

LLVM = pathlib.Path("/usr/lib/llvm-22/bin")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing to mend. `line` counts from 1; 0 means the whole file."""

    path: pathlib.Path
    line: int
    message: str


class Tree:
    """The files of one checkout: what git tracks, and what is new and not ignored."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    @functools.cached_property
    def files(self):
        command = ["git", "-C", self.root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        return sorted(path for name in names if name and (path := self.root / name).is_file())

    def select(self, *suffixes, under=("",)):
        """Files with one of the suffixes in one of the folders (paths relative to the root)."""
        return [path for path in self.files if path.suffix in suffixes and any(self.name(path).startswith(folder) for folder in under)]

    def name(self, path):
        return path.relative_to(self.root).as_posix()


@functools.cache
def lines(path):
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def parallel(function, items, jobs):
    """`function` over `items` in threads (the work is in child processes), results in order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(function, items))
