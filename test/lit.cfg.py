# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How lit runs the IR tests.

RUN lines may use:
  tenon-opt      with --verify-roundtrip: every IR test also tests the printer, the parser and the bytecode
  %{plain-opt}   the same program without it
  tenon          the command line, with the build's programs first on PATH (also FileCheck, not, count, split-file)
  %{block-check} kernels of thread blocks against those of the CPU, by values (tools/bench)
  %python        the interpreter with onnx and numpy; `import tenon` works in it
"""

import os

import lit.formats

config.name = "tenon"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "models", "python", "e2e", "out-of-tree"]
config.test_source_root = os.path.join(config.tenon_source, "test")
config.test_exec_root = os.path.join(config.tenon_build, "test")

programs = os.path.join(config.tenon_build, "bin")
config.environment["PATH"] = os.pathsep.join([programs, config.llvm_tools, os.environ.get("PATH", "")])
config.environment["PYTHONPATH"] = os.path.join(config.tenon_source, "python")
config.environment["TENON_BUILD"] = config.tenon_build
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --allow-unused-prefixes=false"
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

opt = os.path.join(programs, "tenon-opt")
config.substitutions.append((r"%\{plain-opt\}", opt))
config.substitutions.append((r"(?<![\w./-])tenon-opt(?![\w./-])", opt + " --verify-roundtrip"))
config.substitutions.append((r"%\{block-check\}", os.path.join(config.tenon_build, "test", "bin", "block-check")))
config.substitutions.append((r"%python", config.python))

if config.sanitizers:
    config.available_features.add("sanitized")
