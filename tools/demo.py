# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `tools/bootstrap demo` runs: a real model from ONNX file to checked numbers, for this CPU and for GPUs, then what to try next.

demo.py [GRAPH CASE]      another benchmark model (test/models/benchmark.py list)
"""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "test"), str(ROOT / "test/models")]
import run  # noqa: E402
from gpu_check import report  # noqa: E402

GRAPH, CASE, ARCH = "resnet50.script", "1", "sm_90a"
NEXT = """
Try next:
  tools/bootstrap run tenon inspect {engine}              what became of the model: kernels, fusions, memory
  tools/bootstrap run tenon compile {model} --emit=fused   the same model as IR; also infer, linalg, kernels, asm, plan
  tools/bootstrap run tenon compile {model} -o gpu.tenon --target=cuda         for NVIDIA GPUs; needs none
  tools/bootstrap run tenon compile {model} --emit=ptx --target=cuda:sm_90a    its GPU kernels
  tools/bootstrap run python -c 'import tenon; print(tenon.load("{engine}").inputs)'
  tools/bootstrap run python test/models/run.py --all      all benchmark models against ONNX Runtime
  README.md                                               shell, Python and C in ten lines each
"""


def for_gpus(graph, case):
    """The same model for the GPU: compared and timed where one is, else compiled; True unless it failed."""
    device, driver = report.device_and_driver()
    with tempfile.TemporaryDirectory() as folder:
        if driver == "cpu":
            return compile_for_gpus(graph, pathlib.Path(folder) / "gpu.tenon")
        print(f"    running on {device}", flush=True)
        command = [sys.executable, ROOT / "tools/gpu-check", "models", "--bundle", run.tenon_program().parents[1], "--out", folder]
        return subprocess.run([*command, "--only", f"{graph.name} {case}"], check=False).returncode == 0


def compile_for_gpus(graph, engine):
    command = [run.tenon_program(), "compile", graph.make(), "-o", engine, f"--target=cuda:{ARCH}", "--json"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        return False
    result = json.loads(done.stdout)
    stages = {stage["stage"]: stage["milliseconds"] / 1e3 for stage in result["report"]["stages"]}
    kernels = [kernel for code in result["report"].get("assembly", []) for kernel in code["kernels"]]
    spilling = sum(kernel["spill_store_bytes"] > 0 for kernel in kernels)
    print(
        f"    {result['bytes'] / 2**20:.0f} MB engine in {result['seconds']:.1f} s, of which ptxas {stages.get('ptxas', 0):.1f} s",
        flush=True,
    )
    if kernels:
        print(f"    {len(kernels)} kernels, at most {max(kernel['registers'] for kernel in kernels)} registers, {spilling} of them spill")
    else:
        print("    no ptxas here: the engine has PTX, which the driver compiles when it opens")
    print("    no NVIDIA GPU here: tools/gpu-check runs everything on a machine that has one (docs/gpu-check.md)")
    return True


def fail(what):
    print(f"tools/bootstrap demo: {what}, see above; please report it with the output of: tools/bootstrap run tenon doctor")
    return 1


def main(name=GRAPH, case=CASE):
    graph = run.find_graph(name)
    print(f"1/4 {name}: {graph.weight_bytes / 2**20:.0f} MB of seeded weights", flush=True)
    model = graph.make()
    options = run.parse([name])
    print("2/4 compiling for this CPU", flush=True)
    engine, seconds, peak = run.compile_graph(graph, options)
    if not engine:
        return fail("compiling failed")
    print(f"    {engine.stat().st_size / 2**20:.0f} MB engine in {seconds:.1f} s, peak memory {peak / 2**20:.0f} MB", flush=True)
    print(f"3/4 running case {case} on {options.threads} threads, beside ONNX Runtime", flush=True)
    row = run.run_apart(graph, case, engine, options)
    if not row["ok"]:
        print(f"tools/bootstrap demo: the result differs from ONNX Runtime's: {row['message']}")
        return 1
    print(f"    equal within the tolerance (worst error {row['error']} of what is allowed)")
    print(f"    {row['tenon']:.1f} ms; {row['peer_name']}: {row['peer']:.1f} ms")
    print(f"4/4 the same for GPUs ({ARCH})", flush=True)
    if not for_gpus(graph, case):
        return fail("the GPU's part failed")
    engine, model = (path.relative_to(ROOT) if path.is_relative_to(ROOT) else path for path in (engine, model))
    print(NEXT.format(engine=engine, model=model))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
