/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tenon's compiler: turns an ONNX model into an engine, which tenon.h opens and runs.
 *
 * One call does all; its result is an object that holds the engine's bytes (unless they went to a file), the diagnostics and a report.
 *
 * Conventions
 *  - A struct that the caller fills begins with `size`, which the caller sets to sizeof of the struct as it knows it. A newer library
 *    reads missing members as zero; zero (NULL) is every option's default.
 *  - Strings are UTF-8 and end with a zero byte. What a result hands out is borrowed from it and valid until its release.
 *  - No function throws, prints, or keeps global state: calls from several threads do not disturb each other.
 *  - A model is data and may come from anywhere. An engine holds machine code (see tenon.h). */
#ifndef TENON_TENON_COMPILER_H
#define TENON_TENON_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TENON_COMPILER_API __attribute__((visibility("default")))
#else
#define TENON_COMPILER_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this library, for example "0.1.0". Static. */
TENON_COMPILER_API const char *tenon_compiler_version(void);

/* The model: a file, or the bytes of one. */
typedef struct tenon_model {
  size_t size;      /* sizeof(tenon_model) */
  const char *path; /* the .onnx file; external data is looked up beside it. NULL: the model is in memory */
  const void *data; /* the file's bytes if `path` is NULL; borrowed during the call; without external data */
  size_t bytes;
} tenon_model;

/* Fixes the dims of one input. */
typedef struct tenon_input_shape {
  size_t size; /* sizeof(tenon_input_shape) */
  const char *name;
  uint32_t rank;
  const int64_t *dims; /* [rank]; -1 leaves a dim as the model declares it */
} tenon_input_shape;

/* How to compile. Names that this version does not know give a result with an error of code "usage", as does a `shapes` that is NULL. */
typedef struct tenon_compile_options {
  size_t size;                     /* sizeof(tenon_compile_options) */
  const char *target;              /* "cpu", "cuda", or "cuda:" and architectures, as in "cuda:sm_80,sm_90a,compute_80"; NULL: "cpu" */
  const char *cpu;                 /* "x86-64-v3", "x86-64-v4" or "native"; NULL: "x86-64-v3" */
  const tenon_input_shape *shapes; /* [num_shapes], all of one `size`; inputs that are not named keep their dims */
  size_t num_shapes;
  /* Last stage: "infer", "fused", "linalg", "kernels", then "llvm", "asm" for the CPU or "nvvm", "ptx" for CUDA, "plan"; NULL: "engine". */
  const char *emit;
  const char *dump_stages; /* folder that gets the IR of every stage; NULL: none */
  const char *output_path; /* file that gets the output, whole or not at all; NULL: the result holds it */
  uint32_t threads;        /* that compile; 0: all. The output does not depend on it */
  /* Called on the thread that called, as work proceeds; share is of all work done, in [0, 1]. NULL: none. */
  void (*progress)(void *user, const char *stage, double share);
  /* Asked on the thread that called, some twenty times a second; nonzero ends the compilation, usually well within a second. NULL: never.
   */
  int32_t (*cancel)(void *user);
  void *user; /* for both callbacks */
  const char
      *ptxas; /* NVIDIA's assembler; NULL: the one on PATH or in $CUDA_HOME/bin (/usr/local/cuda/bin); PTX alone where there is none */
  /* "fp32": as the model says. "fp16", "bf16": matrix products and convolutions of float32 take operands of that type, and so are their
   * weights kept; sums are float32, inputs and outputs of the model stay what they are. "tf32": in code for sm_90a, matrix products of
   * float32 multiply the 19 leading bits of their operands and sum in float32; all else is "fp32". NULL: "fp32". */
  const char *precision;
  /* Table of measured schedules of matrix products (docs/tuning.md), or "none"; NULL: the one that is installed with this library. */
  const char *tuned;
} tenon_compile_options;

typedef enum tenon_severity { TENON_ERROR = 0, TENON_WARNING = 1, TENON_NOTE = 2 } tenon_severity;

/* One line for the user. Pointers are borrowed from the result; no pointer is NULL. */
typedef struct tenon_diagnostic {
  size_t size; /* sizeof(tenon_diagnostic) */
  tenon_severity severity;
  const char *code;    /* stable, see docs/errors.md; "" for notes */
  const char *message; /* lower case, no final period */
  const char *node;    /* ONNX node that is to blame: its name, op type, domain ("" is ai.onnx); "" where none is */
  const char *op;
  const char *domain;
  int64_t opset; /* 0 if unknown */
} tenon_diagnostic;

/* Outcome of a compilation or check: owned by the caller, immutable, usable from any thread. */
typedef struct tenon_compile_result tenon_compile_result;

/* Compiles a model. NULL options: the defaults. Never returns NULL; ask tenon_compile_result_ok. */
TENON_COMPILER_API tenon_compile_result *tenon_compile(const tenon_model *model, const tenon_compile_options *options);
/* Reports the nodes of the model that cannot be compiled: all that the importer refuses, else what the passes up to the kernels refuse for
 * the CPU. No code is generated. Uses `shapes` of the options only. */
TENON_COMPILER_API tenon_compile_result *tenon_check(const tenon_model *model, const tenon_compile_options *options);
/* Releases a result and all that it handed out; NULL is allowed. */
TENON_COMPILER_API void tenon_compile_result_release(tenon_compile_result *result);

/* 1 if the work succeeded. Otherwise there is at least one diagnostic of severity TENON_ERROR, and no file was written. */
TENON_COMPILER_API int32_t tenon_compile_result_ok(const tenon_compile_result *result);
/* 1 if `cancel` ended the compilation. */
TENON_COMPILER_API int32_t tenon_compile_result_cancelled(const tenon_compile_result *result);
/* Number of diagnostics, in the order in which they were found; 0 for NULL. */
TENON_COMPILER_API size_t tenon_compile_result_num_diagnostics(const tenon_compile_result *result);
/* Fills `diagnostic` (whose `size` the caller sets) and returns 1; 0 if the index is out of range. */
TENON_COMPILER_API int32_t tenon_compile_result_diagnostic(const tenon_compile_result *result, size_t index, tenon_diagnostic *diagnostic);
/* The engine, or the IR as text: `*bytes` bytes (`bytes` may be NULL); 0 if it went to a file or the work failed. Text has no final zero.
 */
TENON_COMPILER_API const void *tenon_compile_result_output(const tenon_compile_result *result, size_t *bytes);
/* JSON: time of each stage in milliseconds, nodes of each op, fusions and refusals, kernels, memory plan in bytes; "" if absent. */
TENON_COMPILER_API const char *tenon_compile_result_report(const tenon_compile_result *result);

#ifdef __cplusplus
}
#endif
#endif /* TENON_TENON_COMPILER_H */
