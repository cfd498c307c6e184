# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The suites of tools/gpu-check. Each module has `run(options, report)`; docs/gpu-check.md says what each measures."""
