# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `tools/bootstrap demo` runs: a real model from ONNX file to checked numbers, then what to try next."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "test"), str(ROOT / "test/models")]
import benchmark  # noqa: E402
import run  # noqa: E402
from gpu_check import report  # noqa: E402

GRAPH, CASE = "resnet50.script", "1"
NEXT = """
Try next:
  tools/bootstrap run tenon inspect {engine}              what became of the model: kernels, fusions, memory
  tools/bootstrap run tenon compile {model} --emit=fused   the same model as IR; also infer, linalg, kernels, asm, plan
  tools/bootstrap run python -c 'import tenon; print(tenon.load("{engine}").inputs)'
  tools/bootstrap run python test/models/run.py --all      all benchmark models against ONNX Runtime
  README.md                                               shell, Python and C in ten lines each
"""


def on_the_gpu():
    """The same model and case on the GPU, if one is here; True unless it failed."""
    device, driver = report.device_and_driver()
    if driver == "cpu":
        print("    no NVIDIA GPU here: tools/gpu-check runs everything on a machine that has one (docs/gpu-check.md)")
        return True
    print(f"and on {device}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, ROOT / "tools/gpu-check", "models", "--bundle", run.tenon_program().parents[1], "--out", folder]
        return subprocess.run([*command, "--only", f"{GRAPH} {CASE}"], check=False).returncode == 0


def main():
    graph = benchmark.find_graph(GRAPH)
    print(f"1/3 {GRAPH}: {graph.weight_bytes / 2**20:.0f} MB of seeded weights", flush=True)
    model = graph.make()
    options = run.parse([GRAPH])
    print("2/3 compiling for this CPU", flush=True)
    engine, seconds, peak = run.compile_graph(graph, options)
    if not engine:
        print("tools/bootstrap demo: compiling failed, see above; please report it with the output of: tools/bootstrap run tenon doctor")
        return 1
    print(f"    {engine.stat().st_size / 2**20:.0f} MB engine in {seconds:.1f} s, peak memory {peak / 2**20:.0f} MB", flush=True)
    print(f"3/3 running batch {CASE} on {options.threads} threads, beside ONNX Runtime", flush=True)
    row = run.run_apart(graph, CASE, engine, options)
    if not row["ok"]:
        print(f"tools/bootstrap demo: the result differs from ONNX Runtime's: {row['message']}")
        return 1
    print(f"    equal within the tolerance (worst error {row['error']} of what is allowed)")
    print(f"    {row['tenon']:.1f} ms; {row['peer_name']}: {row['peer']:.1f} ms")
    if not on_the_gpu():
        print("tools/bootstrap demo: the GPU run failed, see above; please report it with the output of: tools/bootstrap run tenon doctor")
        return 1
    engine, model = (path.relative_to(ROOT) if path.is_relative_to(ROOT) else path for path in (engine, model))
    print(NEXT.format(engine=engine, model=model))
    return 0


if __name__ == "__main__":
    sys.exit(main())
