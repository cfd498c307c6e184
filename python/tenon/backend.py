# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX's backend interface, for onnx.backend.test and other tools that speak it.

import onnx.backend.test, tenon.backend
tests = onnx.backend.test.BackendTest(tenon.backend, __name__)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnx.backend.base
import onnx.helper

from .compiler import check, compile
from .engine import Engine


class TenonRep(onnx.backend.base.BackendRep):
    """A compiled model."""

    def __init__(self, engine: Engine):
        self.engine = engine

    def run(self, inputs: Any, **_options: Any) -> tuple[np.ndarray, ...]:
        """Runs on inputs in the model's order, or by name; returns the outputs in the model's order."""
        if isinstance(inputs, dict):
            feeds = inputs
        elif isinstance(inputs, np.ndarray):
            feeds = {self.engine.inputs[0].name: inputs}
        else:
            feeds = {info.name: value for info, value in zip(self.engine.inputs, inputs, strict=False)}
        return tuple(self.engine({name: np.asarray(value) for name, value in feeds.items()}).values())


class TenonBackend(onnx.backend.base.Backend):
    """Compiles for the CPU of this machine."""

    @classmethod
    def supports_device(cls, device: str) -> bool:
        return device == "CPU"

    @classmethod
    def is_compatible(cls, model: onnx.ModelProto, device: str = "CPU", **_options: Any) -> bool:
        return cls.supports_device(device) and not check(model)

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **options: Any) -> TenonRep:
        return TenonRep(compile(model, threads=options.get("threads", 1)))

    @classmethod
    def run_model(cls, model: onnx.ModelProto, inputs: Any, device: str = "CPU", **options: Any) -> tuple[np.ndarray, ...]:
        return cls.prepare(model, device, **options).run(inputs)

    @classmethod
    def run_node(
        cls, node: onnx.NodeProto, inputs: Any, device: str = "CPU", outputs_info: Any = None, **options: Any
    ) -> tuple[np.ndarray, ...]:
        """Runs one node on arrays; `outputs_info` may give (dtype, shape) of each output."""
        arrays = [np.asarray(value) for value in inputs]
        names = [name for name in node.input if name]
        feeds = [
            onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in zip(names, arrays, strict=False)
        ]
        results = [onnx.ValueInfoProto(name=name) for name in node.output if name]
        for result, (dtype, shape) in zip(results, outputs_info or (), strict=False):
            kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
            result.CopyFrom(onnx.helper.make_tensor_value_info(result.name, kind, shape))
        graph = onnx.helper.make_graph([node], "run_node", feeds, results)
        opset = onnx.helper.make_opsetid(node.domain, options.get("opset_version", onnx.defs.onnx_opset_version()))
        model = onnx.helper.make_model(graph, opset_imports=[opset])
        return cls.run_model(model, dict(zip(names, arrays, strict=False)), device, **options)


is_compatible = TenonBackend.is_compatible
prepare = TenonBackend.prepare
run_model = TenonBackend.run_model
run_node = TenonBackend.run_node
supports_device = TenonBackend.supports_device
