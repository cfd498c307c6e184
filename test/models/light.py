# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The nine light models of the onnx package, as graphs that run.py can take beside the benchmark's.

Their weights are ConstantOfShape nodes, all 0.02, so that the outputs are constant whatever the input is: `shipped`, the package's own
input and output, shows that a model compiles and runs. What compares values is the `.seeded` twin of each: the same nodes, with seeded
weights in place of the constant ones.
"""

import dataclasses
import functools
import os
import pathlib

import benchmark
import numpy as np
import onnx
import onnx.backend.test
from onnx import numpy_helper

FOLDER = pathlib.Path(onnx.backend.test.__file__).parent / "data/light"
SEEDED = ".seeded"


def seeded_weights(name, shape):
    """Weights under which activations keep their scale from layer to layer; scales, variances and biases near one."""
    normal = benchmark.random_stream(name).standard_normal(shape, dtype=np.float32)
    if len(shape) < 2:
        return np.abs(np.float32(1) + benchmark.SPREAD * normal)
    return normal * np.float32(np.sqrt(2 / np.prod(shape[1:])))


@dataclasses.dataclass(frozen=True)
class LightModel:
    """One light model, or its twin with seeded weights."""

    name: str

    @property
    def model(self):
        return self.name.removesuffix(SEEDED)

    @property
    def source(self):
        return FOLDER / f"{self.model}.onnx"

    @property
    def cases(self):
        return ["random"] if self.name.endswith(SEEDED) else ["shipped", "random"]

    extra_cases = ()

    @functools.cached_property
    def proto(self):
        return onnx.load(self.source)

    @functools.cached_property
    def weights(self):
        """{name: shape} of the tensors that ConstantOfShape nodes make."""
        values = {value.name: numpy_helper.to_array(value) for value in self.proto.graph.initializer}
        return {
            node.output[0]: tuple(map(int, values[node.input[0]])) for node in self.proto.graph.node if node.op_type == "ConstantOfShape"
        }

    @property
    def weight_bytes(self):
        return sum(4 * int(np.prod(shape)) for shape in self.weights.values())

    def make(self, cache=benchmark.CACHE):
        """The path of a copy of the model in the cache, with seeded weights beside it if they are asked for."""
        path = cache / self.name / f"{self.name}.onnx"
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        model = onnx.ModelProto.FromString(self.proto.SerializeToString())
        if self.name.endswith(SEEDED):
            kept = [node for node in model.graph.node if node.output[0] not in self.weights]
            del model.graph.node[:]
            model.graph.node.extend(kept)
            model.graph.initializer.extend(
                numpy_helper.from_array(seeded_weights(f"{self.model}/{name}", shape), name) for name, shape in self.weights.items()
            )
            # A softmax may be saturated: what enters it is compared too.
            model.graph.output.extend(
                onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, None)
                for node in kept
                if node.op_type == "Softmax"
            )
            # Initialisers need not be inputs only from IR version 4 on.
            model.ir_version = max(model.ir_version, 4)
        unfinished = path.with_name(f".{os.getpid()}.onnx")
        weights = f"{self.name}.bin"
        (path.parent / weights).unlink(missing_ok=True)
        onnx.save_model(model, unfinished, save_as_external_data=True, location=weights)
        unfinished.rename(path)
        return path

    def inputs(self, case):
        """`shipped` is what onnx's own test runner feeds: the numbers from 0 to 1 in order."""
        initialisers = {value.name for value in self.proto.graph.initializer}
        feeds = {}
        for value in self.proto.graph.input:
            if value.name in initialisers:
                continue
            shape = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
            if case == "shipped":
                count = int(np.prod(shape))
                feeds[value.name] = (np.arange(count).reshape(shape) / count).astype(np.float32)
            else:
                feeds[value.name] = benchmark.random_stream(f"{self.model}/{case}").standard_normal(shape, dtype=np.float32)
        return feeds

    def shipped_outputs(self, case):
        """{name: array} of the outputs that the package ships for a case; empty if it ships none."""
        if case != "shipped":
            return {}
        names = [value.name for value in self.proto.graph.output]
        files = [self.source.with_name(f"{self.model}_output_{number}.pb") for number in range(len(names))]
        tensors = [onnx.TensorProto.FromString(file.read_bytes()) for file in files]
        return {name: numpy_helper.to_array(tensor) for name, tensor in zip(names, tensors, strict=True)}


def all_models():
    names = [path.stem for path in sorted(FOLDER.glob("light_*.onnx"))]
    return [LightModel(name + suffix) for name in names for suffix in ("", SEEDED)]
