# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory-bound operations in fp16 against torch.compile, and as a share of what a copy reaches on the same GPU in the same run.

A case is one model with several independent copies of the operation, each with buffers of its own, so that together they are several
times the L2 and one CUDA graph runs them all; torch's calls are captured the same way. Several cases are compiled at a time; while one
measures, it has the GPU to itself.
"""

import concurrent.futures
import json
import os
import pathlib
import statistics
import sys
import tempfile

from . import children
from .engines import Session, compile_model
from .report import failed, row

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
SUMS = ("row sums", "column sums")
# What the geometric mean of the shares of a copy must reach over all operations but the sums, in percent, by shapes.
MEANS = {((65536, 1024), (8192, 8192)): 85, ((12288, 1024),): 75, ((4096, 768),): 50}
LEAST_RATIO = 0.9  # of torch.compile, for each case
SHAPES = [(4096, 768), (12288, 1024), (65536, 1024), (8192, 8192), (1024, 50257)]
ROTATED = 300 << 20  # bytes that the copies of a case touch together: five times the L2 of an H200
TIMEOUT, AT_ONCE = 240, 8
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
    chosen = [(op, *shape) for shape in SHAPES for op in OPS if options.selects(case_name(op, *shape))]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(check, *case, options.target) for case in chosen]
        for job in concurrent.futures.as_completed(jobs):
            report.add(job.result())
    for found in means(report.rows) if options.target.startswith("cuda") else []:
        report.add(found)


def judged(found):
    """The row of what a child found: right values are not enough where the peer is faster by more than a tenth."""
    result = row(**found)
    if not result["ok"] or result["ratio"] is None or result["ratio"] >= LEAST_RATIO:
        return result
    return result | {"ok": False, "message": f"expected at least {LEAST_RATIO} of the peer's speed"}


def means(rows):
    """A row for each of MEANS whose cases were all asked for."""
    found = {result["case"]: result for result in rows}
    for shapes, least in MEANS.items():
        names = [case_name(op, *shape) for shape in shapes for op in OPS if op not in SUMS]
        if not set(names) <= found.keys():
            continue
        case = "mean share of a copy, " + " and ".join(f"{rows}x{columns}" for rows, columns in shapes)
        shares = [found[name].get("copy_share") for name in names]
        if not all(shares):
            yield failed(case, "a case has no share", "%")
            continue
        mean = 100 * statistics.geometric_mean(shares)
        yield row(case, mean, "%", mean >= least, least, "least geometric mean without the sums", more_is_better=True)


def case_name(op, rows, columns):
    return f"{op} {rows}x{columns}"


def check(op, rows, columns, target):
    try:
        return judged(children.call("memory", [op, rows, columns, target], TIMEOUT))
    except children.ChildError as error:
        return failed(case_name(op, rows, columns), str(error), "us")


def main(op, rows, columns, target):
    with tempfile.TemporaryDirectory() as folder:
        return Case(op, int(rows), int(columns), pathlib.Path(folder), target).measure()


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
        os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")  # a pool of its own in each of our processes would fill the host
        try:
            import torch
        except ImportError:
            return
        from .gpu import shared

        self.name, self.arrays = f"torch.compile {torch.__version__}", arrays
        with shared():
            self.compiled = self.compile(torch, op, arrays)

    @staticmethod
    def compile(torch, op, arrays):
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
        compiled = torch.compile(function, dynamic=False)
        compiled(x)
        torch.cuda.synchronize()
        return compiled

    def prepared(self, count):
        import torch

        from .gpu import gpu, shared

        stream, graph = torch.cuda.ExternalStream(gpu().stream), torch.cuda.CUDAGraph()
        with shared():
            buffers = [torch.from_numpy(self.arrays["x"]).cuda() for _ in range(count)]
            with torch.cuda.graph(graph):
                kept = [self.compiled(buffer) for buffer in buffers]

        def work():
            with torch.cuda.stream(stream):
                graph.replay()

        work.kept = buffers, kept  # the graph reads and writes them
        return work


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
