# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Comparison in two parts of models that choose by rank: first what is chosen from, then the choice.

ssdlite320 keeps boxes by the order of their scores. Under seeded weights most neighbouring scores differ by an ulp or less, so that
rounding decides the order: ONNX Runtime's own boxes change as much when its scores move by an ulp. No tolerance on the outputs
compares two right answers then. These two statements do, and together they say all that an equal output would:

1. The tensors at the cut, which hold everything that the choice is made from, are within the tolerances of ONNX Runtime's.
2. The outputs equal, bit for bit, what ONNX Runtime makes of the engine's own tensors at the cut.

The engine of these statements also has the tensors at the cut as outputs. That the engine of the model as it is gives the same bits is
checked as a third.
"""

import numpy as np
import onnx
import onnx.utils
from tolerances import Difference, compare

# Graph -> names of the tensors at the cut.
CUTS = {"ssdlite320.script": ["/m/Squeeze_1_output_0", "/m/Reshape_output_0"]}


def bit_equal(got, want):
    """The Difference of two arrays that must be equal: none, or an infinite one."""
    if got.shape == want.shape and got.dtype == want.dtype and got.tobytes() == want.tobytes():
        return Difference(0.0, 0.0, 0.0)
    wrong = f"{(got != want).sum()} of {want.size} differ" if got.shape == want.shape else f"shape {got.shape} for {want.shape}"
    return Difference(np.inf, np.inf, np.inf, f"expected equal bits: {wrong}")


def split(graph, cut):
    """(path of the model with the cut as outputs too, path of what follows the cut)."""
    source = graph.make()
    whole, rest = source.with_suffix(".whole.onnx"), source.with_suffix(".rest.onnx")
    model = onnx.shape_inference.infer_shapes(onnx.load(source, load_external_data=False))
    known = {value.name: value for value in model.graph.value_info}
    outputs = [value.name for value in model.graph.output]
    model.graph.output.extend(known[name] for name in cut)
    onnx.save(model, whole)
    # Weights stay where they are: what follows the cut has none.
    extractor = onnx.utils.Extractor(model)
    onnx.save(extractor.extract_model(cut, outputs), rest)
    return whole, rest


def compare_parts(graph, got, feeds, sessions, compiled):
    """{what: Difference} for the outputs `got` of the engine of a graph in CUTS. `sessions(path)` and `compiled(path)` open a model in
    ONNX Runtime and in Tenon."""
    cut = CUTS[graph.name]
    whole, rest = split(graph, cut)
    ours = compiled(whole)(feeds)
    wanted = dict(zip(cut, sessions(whole).run(cut, feeds), strict=True))
    differences = {name: compare(ours[name], wanted[name]) for name in cut}
    names = list(got)
    chosen = dict(zip(names, sessions(rest).run(names, {name: ours[name] for name in cut}), strict=True))
    for name in names:
        differences[f"{name} from the cut"] = bit_equal(ours[name], chosen[name])
        differences[f"{name} of the model as it is"] = bit_equal(got[name], ours[name])
    return differences
