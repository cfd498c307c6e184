# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory-bound operations in fp16 against torch.compile, and as a share of what a copy reaches on the same GPU in the same run.

A case is one model with several independent copies of the operation, each with buffers of its own, so that together they are several
times the L2 and one CUDA graph runs them all; torch's calls are captured the same way. Each operation has a process of its own: all
compile at the same time, then the parent lets one after the other measure.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import threading

from . import children
from .engines import Session, compile_model
from .report import failed, row, selected

# Opset 23; `x` is [rows, columns], `b` and `w` are [columns].
OPS = {
    "bias+gelu": "s = Add(x, b) y = Gelu(s)",
    "layer norm": "y = LayerNormalization<axis=-1>(x, w, b)",
    "softmax": "y = Softmax<axis=-1>(x)",
    "rms norm": "y = RMSNormalization<axis=-1>(x, w)",
    "transpose": "y = Transpose<perm=[1,0]>(x)",
    "row sums": "y = ReduceSum<keepdims=0>(x, one)",
    "column sums": "y = ReduceSum<keepdims=0>(x, zero)",
}
SHAPES = [(4096, 768), (12288, 1024), (65536, 1024), (8192, 8192), (1024, 50257)]
ROTATED = 300 << 20  # bytes that the copies of a case touch together: five times the L2 of an H200
SETUP_TIMEOUT, TIMEOUT = 240, 120
SECONDS = 0.25


def result_shape(op, rows, columns):
    return {"transpose": (columns, rows), "row sums": (rows,), "column sums": (columns,)}.get(op, (rows, columns))


def bytes_moved(op, rows, columns):
    """Each input read once, each output written once."""
    written = 1
    for size in result_shape(op, rows, columns):
        written *= size
    return 2 * (rows * columns + written)


def copies(op, rows, columns):
    return max(2, -(-ROTATED // bytes_moved(op, rows, columns)))


def model(op, rows, columns, count, element="float16"):
    """`count` independent copies: inputs x0, x1 ..., outputs y0, y1 ...; the vectors `w` and `b` are shared inputs."""
    import onnx.parser

    shape, result = f"{rows},{columns}", ",".join(map(str, result_shape(op, rows, columns)))
    inputs = [f"{element}[{shape}] x{i}" for i in range(count)] + [f"{element}[{columns}] {v}" for v in "bw" if f" {v}" in OPS[op]]
    outputs = [f"{element}[{result}] y{i}" for i in range(count)]
    body = "\n".join(copy_of(OPS[op], i) for i in range(count))
    constants = "int64[1] one = {1}, int64[1] zero = {0}"
    text = f'<ir_version: 10, opset_import: ["" : 23]> model ({", ".join(inputs)}) => ({", ".join(outputs)}) <{constants}> {{ {body} }}'
    return onnx.parser.parse_model(text)


def copy_of(body, index):
    """The body with its own x, y and s."""
    words = {"(x": f"(x{index}", "y =": f"y{index} =", "s =": f"s{index} =", "(s)": f"(s{index})"}
    for old, new in words.items():
        body = body.replace(old, new)
    return body


def inputs(rows, columns):
    """x, b, w of a case as fp16."""
    import numpy as np

    stream = np.random.default_rng(rows + columns)
    shapes = {"x": (rows, columns), "b": (columns,), "w": (columns,)}
    return {name: stream.standard_normal(shape, dtype=np.float32).astype(np.float16) for name, shape in shapes.items()}


def run(options, report):
    names = [op for op in OPS if any(options.selects(case_name(op, *shape)) for shape in SHAPES)]
    with tempfile.TemporaryDirectory() as folder:
        running = {op: children.start(command(op, folder, options), stdin=subprocess.PIPE, stderr=subprocess.PIPE) for op in names}
        for op, child in running.items():
            measured = list(answers(child, options, report))
            missing = [case_name(op, *shape) for shape in SHAPES if case_name(op, *shape) not in measured]
            for case in filter(options.selects, missing):
                report.add(failed(case, f"no result: {children.last_line(child.stderr.read())}", "us"))
            children.stop(child)


def case_name(op, rows, columns):
    return f"{op} {rows}x{columns}"


def command(op, folder, options):
    return [sys.executable, "-m", "gpu_check.memory", op, folder, options.target, *(options.only or [])]


def answers(child, options, report):
    """Lets a child measure once it is ready, and reports its rows; yields their cases."""
    timer = threading.Timer(SETUP_TIMEOUT + TIMEOUT, children.stop, [child])
    timer.start()
    try:
        for line in child.stdout:
            if line.startswith("ready"):
                child.stdin.write("go\n")
                child.stdin.flush()
            elif line.startswith("{"):
                found = json.loads(line)
                report.add(row(**found))
                yield found["case"]
    except BrokenPipeError:
        pass
    finally:
        timer.cancel()


def main(op, folder, target, *only):
    """The child: sets up every shape, waits, measures."""
    cases = [shape for shape in SHAPES if selected(case_name(op, *shape), only)]
    prepared = [Case(op, rows, columns, pathlib.Path(folder), target) for rows, columns in cases]
    print("ready", flush=True)
    sys.stdin.readline()
    for case in prepared:
        print(json.dumps(case.measure()), flush=True)


class Case:
    """One operation and shape: compiled by both sides, compared with ONNX Runtime in float32."""

    def __init__(self, op, rows, columns, folder, target):
        self.op, self.rows, self.columns, self.target = op, rows, columns, target
        self.count = copies(op, rows, columns)
        self.arrays = inputs(rows, columns)
        path = folder / f"{op}-{rows}x{columns}.onnx"
        path.write_bytes(model(op, rows, columns, self.count).SerializeToString())
        self.engine = path.with_suffix(".tenon")
        self.problem = compile_model(path, self.engine, target)
        self.want = self.reference()
        self.peer = TorchPeer(op, self.arrays) if target.startswith("cuda") else None

    def reference(self):
        import numpy as np
        import onnxruntime

        single = model(self.op, self.rows, self.columns, 1, "float").SerializeToString()
        session = onnxruntime.InferenceSession(single, providers=["CPUExecutionProvider"])
        feeds = {value.name: self.arrays[value.name.rstrip("0")].astype(np.float32) for value in session.get_inputs()}
        return session.run(None, feeds)[0].astype(np.float16)

    def measure(self):
        import tolerances

        case = case_name(self.op, self.rows, self.columns)
        if self.problem:
            return {"case": case, "tenon": None, "unit": "us", "ok": False, "message": f"compiling failed: {self.problem}"}
        session = Session(self.engine, self.target)
        feeds = {value.name: self.arrays[value.name.rstrip("0123456789")] for value in session.engine.inputs}
        difference = tolerances.compare(session.run(feeds)[f"y{self.count - 1}"], self.want)
        ours, peer = self.times(session, feeds)
        found = {"case": case, "tenon": ours, "unit": "us", "ok": difference.ok, "message": difference.message}
        if self.target.startswith("cuda"):
            from .gpu import copy_rate

            moved = bytes_moved(self.op, self.rows, self.columns)
            found["copy_share"] = round(moved / (ours * 1e-6) / copy_rate(), 3)
        return found | ({"peer": peer, "peer_name": self.peer.name} if peer else {})

    def times(self, session, feeds):
        """Microseconds of one copy, ours and the peer's, measured in turns."""
        if not session.gpu:
            return session.milliseconds(feeds, SECONDS) * 1e3 / self.count, None
        from .gpu import median_milliseconds

        works = [session.prepared(feeds)] + ([self.peer.prepared(self.count)] if self.peer and self.peer.compiled else [])
        found = [milliseconds * 1e3 / self.count for milliseconds in median_milliseconds(works, SECONDS)]
        return found[0], found[1] if len(found) > 1 else None


class TorchPeer:
    """The same operation under torch.compile, its calls on rotating buffers captured into one CUDA graph."""

    def __init__(self, op, arrays):
        self.compiled = None
        try:
            import torch
        except ImportError:
            return
        self.name = f"torch.compile {torch.__version__}"
        self.arrays = arrays
        x, b, w = (torch.from_numpy(arrays[name]).cuda() for name in "xbw")
        functional, columns = torch.nn.functional, x.shape[-1:]
        function = {
            "bias+gelu": lambda x: functional.gelu(x + b),
            "layer norm": lambda x: functional.layer_norm(x, columns, w, b),
            "softmax": lambda x: torch.softmax(x, -1),
            "rms norm": lambda x: functional.rms_norm(x, columns, w),
            "transpose": lambda x: x.t().contiguous(),
            "row sums": lambda x: x.sum(1),
            "column sums": lambda x: x.sum(0),
        }[op]
        self.compiled = torch.compile(function, dynamic=False)
        self.compiled(x)
        torch.cuda.synchronize()

    def prepared(self, count):
        import torch

        from .gpu import gpu

        buffers = [torch.from_numpy(self.arrays["x"]).cuda() for _ in range(count)]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            kept = [self.compiled(buffer) for buffer in buffers]
        stream = torch.cuda.ExternalStream(gpu().stream)

        def work():
            with torch.cuda.stream(stream):
                graph.replay()

        work.kept = buffers, kept  # the graph reads and writes them
        return work


if __name__ == "__main__":
    main(*sys.argv[1:])
