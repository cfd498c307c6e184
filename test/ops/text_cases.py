# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What tests of models in ONNX's text form share: the head, values, and a run of one engine beside ONNX Runtime."""

import numpy as np
import onnx.parser
import onnxruntime
import tenon


def head_of(opset):
    return f'<ir_version: 8, opset_import: ["" : {opset}]>\n'


HEAD = head_of(17)


def number(value):
    return np.array(value, np.int64)


def make_floats(generator):
    """A function of dims that gives the generator's next normal numbers."""
    return lambda *shape: generator.standard_normal(shape, dtype=np.float32)


def run_beside_onnxruntime(text, feeds, check, head=HEAD):
    """Runs one engine of the model on all feeds and calls check(value, expected, name) for every output; returns the engine."""
    model = onnx.parser.parse_model(head + text)
    engine = tenon.compile(model, threads=1)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    for values in feeds:
        results = engine(values)
        for output, want in zip(names, session.run(names, values), strict=True):
            check(results[output], want, output)
    return engine
