# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products of float16 whose number of rows only the run knows, beside the same products with all sizes known.

A model is several independent products, in one graph of CUDA; `tenon` and `peer` are microseconds a product.
"""

import json
import pathlib
import sys
import tempfile

from . import children
from .engines import Session, compile_model, on_gpu
from .gpu import median_milliseconds
from .report import failed, row

# The products of tools/bench/gemm that are not batched. Not 33x65x129: with known sizes the generic schedule takes it, which is none of the
# kernels among which an open product chooses (3.1 us, 4.6 with those on an H200).
SHAPES = (
    "512x512x512 1024x1024x1024 2048x2048x2048 4096x4096x4096 8192x8192x8192 1000x1000x1000 4095x4097x511 "
    "4096x768x768 4096x2304x768 4096x3072x768 4096x768x3072 12288x1024x1024 12288x3072x1024 12288x4096x1024 12288x1024x4096 "
    "6304x768x768 6304x2304x768 6304x3072x768 6304x768x3072 8192x2304x768 8192x3072x768 8192x768x3072 8192x50257x768 "
    "128x768x768 128x2304x768 128x3072x768 128x768x3072 384x1024x1024 384x4096x1024 384x1024x4096 197x768x768 197x3072x768"
).split()
SHAPES += [f"{m}x{weights}" for m in (1, 4, 16, 64, 2048) for weights in ("4096x4096", "6144x4096", "14336x4096", "4096x14336")]
LEAST = 0.95  # of the speed with known sizes
BYTES, MOST = 1 << 28, 8  # of operands and results of a model, and products in it
TIMEOUT = 120


def run(options, report):
    for shape in filter(options.selects, SHAPES):
        try:
            times = children.call("dynamic", [shape, options.target], TIMEOUT)
        except children.ChildError as error:
            report.add(failed(shape, str(error), "us"))
            continue
        ok = times["static"] >= LEAST * times["dynamic"] or not on_gpu(options.target)
        report.add(row(shape, times["dynamic"], "us", ok, times["static"], "sizes known, same run"))


def model(m, n, k, copies):
    """y0 = x w0^T, y1 = x w1^T, ...; an `m` of text is a dim that the run knows."""
    import onnx.parser

    numbers = range(copies)
    inputs = ", ".join([f"float16[{m},{k}] x", *(f"float16[{n},{k}] w{i}" for i in numbers)])
    outputs = ", ".join(f"float16[{m},{n}] y{i}" for i in numbers)
    nodes = " ".join(f"y{i} = Gemm<transB=1>(x, w{i})" for i in numbers)
    return onnx.parser.parse_model(f'<ir_version: 9, opset_import: ["" : 17]> products ({inputs}) => ({outputs}) {{ {nodes} }}')


def main(shape, target):
    import numpy as np

    m, n, k = (int(size) for size in shape.split("x"))
    copies = min(MOST, max(1, BYTES // (2 * (m * k + n * k + m * n))))
    some = np.random.default_rng(0).standard_normal(65521).astype(np.float16)  # a prime: no two rows begin alike
    feeds = {"x": np.resize(some, (m, k))} | {f"w{i}": np.resize(some, (n, k)) for i in range(copies)}
    works = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in (m, "rows"):
            source, engine = pathlib.Path(folder) / "m.onnx", pathlib.Path(folder) / f"{rows}.tenon"
            source.write_bytes(model(rows, n, k, copies).SerializeToString())
            if problem := compile_model(source, engine, target):
                raise SystemExit(problem)
            works.append((session := Session(engine, target)).prepared(feeds))
        if session.gpu:
            static, dynamic = median_milliseconds(works, 0.3)
        else:
            static = dynamic = session.milliseconds(feeds, 0.05)
    return {"static": 1e3 * static / copies, "dynamic": 1e3 * dynamic / copies}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
