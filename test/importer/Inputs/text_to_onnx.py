# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Splits tests into ONNX models in text form at lines `# -----`, and writes them into a folder.

usage: text_to_onnx.py TEST FOLDER        01.onnx, 02.onnx, ... of one test
       text_to_onnx.py --all TESTS FOLDER  of every *.test in the folder TESTS, named after it

The text parser of onnx skips comments, so RUN and CHECK lines stand in the models.
"""

import pathlib
import sys

import onnx.parser


def write(source, folder, prefix=""):
    for i, text in enumerate(source.read_text().split("# -----\n"), 1):
        model = onnx.parser.parse_model(text)
        (folder / f"{prefix}{i:02}.onnx").write_bytes(model.SerializeToString())


def main():
    everything = sys.argv[1] == "--all"
    source, folder = map(pathlib.Path, sys.argv[-2:])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.onnx"):
        old.unlink()
    if everything:
        for test in sorted(source.glob("*.test")):
            write(test, folder, test.stem + "-")
    else:
        write(source, folder)


main()
