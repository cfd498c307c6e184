# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a model in ONNX Runtime for `tenon compare`: reads FOLDER/input_N.npy, writes FOLDER/output_N.npy.

Usage: python OrtReference.py MODEL FOLDER, with the names in FOLDER/names.json. Exits with 3 if onnxruntime is not installed.
"""

import json
import pathlib
import sys

try:
    import numpy
    import onnxruntime
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

model, folder = sys.argv[1], pathlib.Path(sys.argv[2])
names = json.loads((folder / "names.json").read_text())
options = onnxruntime.SessionOptions()
options.log_severity_level = 4
try:
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {name: numpy.load(folder / f"input_{index}.npy") for index, name in enumerate(names["inputs"])}
    for index, value in enumerate(session.run(names["outputs"], feeds)):
        numpy.save(folder / f"output_{index}.npy", value)
except Exception as error:  # noqa: BLE001: whatever ONNX Runtime raises is the message
    print(str(error).strip().splitlines()[0], file=sys.stderr)
    sys.exit(1)
