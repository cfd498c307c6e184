/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tenon's runtime: opens an engine, binds memory to its inputs and outputs, runs it.
 *
 * Three objects. A *device* is a processor with its threads; engines may share one. An *engine* is the opened file: immutable, usable from
 * any thread. A *context* is one execution of an engine at a time, with its own memory: use it from one thread at a time (overlapping
 * use is detected and refused), and make as many contexts as there are threads.
 *
 * An engine holds machine code. The loader refuses every damaged or inconsistent file, but it cannot judge what correct code
 * does: open engines only from where you would also load a shared library.
 *
 * Conventions
 *  - A function that can fail returns a tenon_status pointer: NULL is success, else the caller owns it and releases it with
 *    tenon_status_release. After any error the engine stays usable, and so does the context, after a new bind or prepare where the message
 *    asks for one.
 *  - A struct that the caller fills begins with `size`, which the caller sets to sizeof of the struct as it knows it. A newer library
 *    reads missing members as zero; zero (NULL) is every option's default.
 *  - Pointers returned inside infos are borrowed; each comment says from whom.
 *  - Sizes are in bytes and times in nanoseconds unless said otherwise. Dimensions are element counts, outermost first.
 *  - No function throws, prints, or keeps global state. */
#ifndef TENON_TENON_H
#define TENON_TENON_H

#include "tenon/version.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TENON_API __attribute__((visibility("default")))
#else
#define TENON_API
#endif

/* Enumerations are 32 bits wide, so that C++ too may pass numbers that only another version knows. */
#ifdef __cplusplus
#define TENON_32_BITS : int32_t
extern "C" {
#else
#define TENON_32_BITS
#endif

typedef struct tenon_status tenon_status;
typedef struct tenon_device tenon_device;
typedef struct tenon_engine tenon_engine;
typedef struct tenon_context tenon_context;

/* ---- Errors ---------------------------------------------------------------------------------------------------------------- */

/* Numbers are stable: a code keeps its meaning in every later version. docs/errors.md explains each. */
typedef enum tenon_code TENON_32_BITS {
  TENON_OK = 0,
  TENON_INVALID_ARGUMENT = 1, /* an argument is NULL, out of range or of an unknown version */
  TENON_INVALID_STATE = 2,    /* the call does not fit the object's state: a missing binding, two threads in one context */
  TENON_OUT_OF_MEMORY = 3,    /* an allocation failed */
  TENON_IO_ERROR = 4,         /* the file cannot be opened or read */
  TENON_CORRUPT_ENGINE = 5,   /* not an engine, truncated, or a hash does not fit: the file is not what the compiler wrote */
  TENON_INVALID_ENGINE = 6,   /* hashes fit, but the content contradicts itself */
  TENON_WRONG_VERSION = 7,    /* the engine's format has another version than this library reads */
  TENON_UNSUPPORTED = 8,      /* no code for this device, or the processor lacks features that the code needs */
  TENON_WRONG_TYPE = 9,       /* a tensor has another element type than the engine declares */
  TENON_WRONG_SHAPE = 10,     /* a tensor's rank, dims or size do not fit the engine or each other */
  TENON_GUARD_FAILED = 11,    /* a condition of the model does not hold for these inputs */
  TENON_OVERFLOW = 12,        /* a size or index of the host program leaves 64-bit range, or divides by zero */
  TENON_PROGRAM_ERROR = 13,   /* the host program did something that its buffers do not allow */
  TENON_INTERNAL = 14,        /* a defect in Tenon; please report it */
  TENON_CANCELLED = 15,       /* the caller asked a run to stop */
  TENON_DEVICE_LOST = 16      /* a kernel or the device failed so that nothing works on this device any more; the process lives on */
} tenon_code;

/* Code of a status; TENON_OK for NULL. */
TENON_API tenon_code tenon_status_code(const tenon_status *status);
/* Message in one line, lower case, UTF-8; "" for NULL. Borrowed from the status. */
TENON_API const char *tenon_status_message(const tenon_status *status);
/* Releases a status; NULL is allowed. */
TENON_API void tenon_status_release(tenon_status *status);
/* Name of a code as it is spelled above, for example "TENON_WRONG_SHAPE"; "TENON_UNKNOWN" for other numbers. Static. */
TENON_API const char *tenon_code_name(tenon_code code);
/* Version of this library, for example "0.1.0". Static. */
TENON_API const char *tenon_version(void);

/* ---- Types ----------------------------------------------------------------------------------------------------------------- */

typedef enum tenon_type TENON_32_BITS {
  TENON_F32 = 0,
  TENON_F64 = 1,
  TENON_F16 = 2,
  TENON_BF16 = 3,
  TENON_I8 = 4,
  TENON_I16 = 5,
  TENON_I32 = 6,
  TENON_I64 = 7,
  TENON_U8 = 8,
  TENON_U16 = 9,
  TENON_U32 = 10,
  TENON_U64 = 11,
  TENON_BOOL = 12, /* one byte, 0 or 1 */
  TENON_F8E4M3FN = 13,
  TENON_F8E5M2 = 14,
  TENON_I4 = 15, /* two in a byte, the first in the low half */
  TENON_U4 = 16,
  TENON_STRING = 17 /* reserved: no engine of this version has string tensors */
} tenon_type;

/* Name of an element type, for example "f32"; "unknown" for other numbers. Static. */
TENON_API const char *tenon_type_name(tenon_type type);
/* Size of an element in bits; 0 for TENON_STRING and unknown numbers. */
TENON_API uint32_t tenon_type_bits(tenon_type type);

/* Where memory is. The device is the engine's; on the CPU both are the same. */
typedef enum tenon_memory TENON_32_BITS { TENON_HOST = 0, TENON_DEVICE = 1 } tenon_memory;

/* A tensor in memory: row-major and contiguous. */
typedef struct tenon_tensor {
  size_t size;  /* sizeof(tenon_tensor) */
  void *data;   /* any alignment; in the device's memory at 64 bytes nothing is copied */
  size_t bytes; /* of `data`: at least what type and dims need */
  tenon_type type;
  uint32_t rank;
  const int64_t *dims;    /* [rank] */
  const int64_t *strides; /* reserved for elements' strides: NULL */
  tenon_memory memory;    /* where `data` is */
} tenon_tensor;

/* What an engine says about an input or output. Pointers are borrowed from the engine. */
typedef struct tenon_tensor_info {
  size_t size; /* sizeof(tenon_tensor_info) */
  const char *name;
  tenon_type type;
  uint32_t rank;
  const int64_t *dims;          /* [rank]; -1 where the size depends on the inputs */
  const char *const *dim_names; /* [rank]; as the model spells it: "batch", "past + sequence"; "" where it gives a number or nothing */
  int32_t data_dependent;       /* outputs: 1 if the shape is known only after the run */
} tenon_tensor_info;

/* A dimension that the model names. Pointers are borrowed from the engine. */
typedef struct tenon_symbol_info {
  size_t size; /* sizeof(tenon_symbol_info) */
  const char *name;
  int64_t minimum; /* least and greatest size that the engine accepts */
  int64_t maximum;
} tenon_symbol_info;

/* The caller's memory functions; called from the thread that calls into Tenon, never between two runs' kernels of a shape that ran before.
 * On a CUDA device they hand out device memory that any stream may use at once, and the runtime waits for its work before it releases. */
typedef struct tenon_allocator {
  size_t size; /* sizeof(tenon_allocator) */
  void *user;
  /* `bytes` > 0 aligned to `alignment` (a power of two), or NULL if there is none. */
  void *(*allocate)(void *user, size_t bytes, size_t alignment);
  void (*release)(void *user, void *memory, size_t bytes);
} tenon_allocator;

/* ---- Devices --------------------------------------------------------------------------------------------------------------- */

typedef enum tenon_device_kind TENON_32_BITS { TENON_CPU = 0, TENON_CUDA = 1 } tenon_device_kind;

typedef struct tenon_device_options {
  size_t size; /* sizeof(tenon_device_options) */
  tenon_device_kind kind;
  int32_t ordinal;      /* which device of its kind; the CPU has only 0 */
  uint32_t threads;     /* CPU: threads that run kernels, the calling one included; 0: as many as this process may use */
  uint32_t spin_micros; /* CPU: how long an idle thread watches for work before it sleeps; 0: 200 */
  /* CUDA, for tests: if not 0, every kernel is waited for, and one that takes longer is named in a TENON_DEVICE_LOST error. */
  uint32_t watchdog_millis;
} tenon_device_options;

/* Opens a device. NULL options: the CPU with its defaults. A CUDA device uses the driver's primary context, as PyTorch and CuPy do, so
 * that memory and streams can be shared with them. Errors: TENON_UNSUPPORTED, TENON_OUT_OF_MEMORY, TENON_DEVICE_LOST. */
TENON_API tenon_status *tenon_device_create(const tenon_device_options *options, tenon_device **device);
/* Gives up the caller's hold; engines keep the device while they need it. NULL is allowed. */
TENON_API void tenon_device_release(tenon_device *device);
/* Threads that run kernels, the calling one included; of a CUDA device its multiprocessors; 0 for NULL. */
TENON_API uint32_t tenon_device_threads(const tenon_device *device);

/* Facts about a device. Pointers are borrowed from it. */
typedef struct tenon_device_info {
  size_t size; /* sizeof(tenon_device_info) */
  tenon_device_kind kind;
  int32_t ordinal;
  const char *name;      /* "cpu", "NVIDIA H200" */
  const char *arch;      /* CUDA: compute capability as code is named, for example "sm_90"; "" for the CPU */
  uint32_t threads;      /* as tenon_device_threads */
  int32_t driver;        /* CUDA: version of the driver, 1000 major + 10 minor; 0 for the CPU */
  uint64_t memory_bytes; /* CUDA: of the device in all, and free now; 0 for the CPU */
  uint64_t free_bytes;
} tenon_device_info;
/* Fills `info` (whose `size` the caller sets). Errors: TENON_INVALID_ARGUMENT if a pointer is NULL or `size` is not that of any version,
 * TENON_DEVICE_LOST. */
TENON_API tenon_status *tenon_device_describe(tenon_device *device, tenon_device_info *info);

/* Returns when what was enqueued in the stream (as tenon_run_options has it, not NULL) is done; at once on the CPU. Errors:
 * TENON_INVALID_ARGUMENT, TENON_DEVICE_LOST. */
TENON_API tenon_status *tenon_device_wait(tenon_device *device, void *stream);
/* `bytes` bytes of the device's memory (at least one), aligned to 64 bytes, for callers without CUDA's own library. The caller owns it and
 * frees it with tenon_device_free before it releases the device. Errors: TENON_INVALID_ARGUMENT, TENON_OUT_OF_MEMORY, TENON_DEVICE_LOST. */
TENON_API tenon_status *tenon_device_allocate(tenon_device *device, size_t bytes, void **memory);
/* Frees memory of tenon_device_allocate; NULL is allowed. It must not be bound, and runs that use it must be done. It cannot fail: on a
 * device that is lost the memory is gone already. */
TENON_API void tenon_device_free(tenon_device *device, void *memory);
/* Copies `bytes` bytes between places that `to_memory` and `from_memory` name: the host's or the device's. It returns when it is done and
 * waits for no stream but its own, so wait for the runs that write `from` first. Errors: TENON_INVALID_ARGUMENT, TENON_DEVICE_LOST. */
TENON_API tenon_status *tenon_device_copy(tenon_device *device, void *to, tenon_memory to_memory, const void *from,
                                          tenon_memory from_memory, size_t bytes);

/* ---- Engines --------------------------------------------------------------------------------------------------------------- */

typedef struct tenon_open_options {
  size_t size;          /* sizeof(tenon_open_options) */
  tenon_device *device; /* where to run; NULL: a device of its own, for the first of the engine's targets that this machine can run */
  uint32_t threads;     /* of that device, if it is a CPU; 0: as many as this process may use */
} tenon_open_options;

/* Opens an engine file: maps it, checks header, code and weights against their hashes, then everything the host program does. On a CUDA
 * device it loads the code for the device's architecture and uploads the weights, once for all contexts.
 * The file must not be overwritten in place while the engine is open (replacing it by a rename is fine).
 * Errors: TENON_IO_ERROR, TENON_CORRUPT_ENGINE, TENON_INVALID_ENGINE, TENON_WRONG_VERSION, TENON_UNSUPPORTED, TENON_OUT_OF_MEMORY. */
TENON_API tenon_status *tenon_engine_open_file(const char *path, const tenon_open_options *options, tenon_engine **engine);
/* Opens a copy of an engine in memory. Errors as above. */
TENON_API tenon_status *tenon_engine_open_memory(const void *data, size_t bytes, const tenon_open_options *options, tenon_engine **engine);
/* Opens an engine in memory without copying weights: `data` is aligned to 64 bytes and stays unchanged until the engine and its contexts
 * are released. Errors as above. */
TENON_API tenon_status *tenon_engine_open_mapped(const void *data, size_t bytes, const tenon_open_options *options, tenon_engine **engine);
/* Gives up the caller's hold; contexts keep the engine while they exist. NULL is allowed. */
TENON_API void tenon_engine_release(tenon_engine *engine);

/* Number of the model's inputs, outputs and named dims: what their indices are below. 0 for NULL. */
TENON_API size_t tenon_engine_num_inputs(const tenon_engine *engine);
TENON_API size_t tenon_engine_num_outputs(const tenon_engine *engine);
TENON_API size_t tenon_engine_num_symbols(const tenon_engine *engine);
/* Fills `info` (whose `size` the caller sets) for input, output or symbol `index`, in the model's order. Error: TENON_INVALID_ARGUMENT for
 * NULL, an index out of range, or a `size` that is not that of any version. */
TENON_API tenon_status *tenon_engine_input(const tenon_engine *engine, size_t index, tenon_tensor_info *info);
TENON_API tenon_status *tenon_engine_output(const tenon_engine *engine, size_t index, tenon_tensor_info *info);
TENON_API tenon_status *tenon_engine_symbol(const tenon_engine *engine, size_t index, tenon_symbol_info *info);
/* Index of an input or output by name; -1 if there is none, and for NULL. */
TENON_API int64_t tenon_engine_find_input(const tenon_engine *engine, const char *name);
TENON_API int64_t tenon_engine_find_output(const tenon_engine *engine, const char *name);

/* Facts about an engine. Pointers are borrowed from it. */
typedef struct tenon_engine_info {
  size_t size;              /* sizeof(tenon_engine_info) */
  const char *producer;     /* the compiler: "tenon 0.1.0" */
  const char *arch;         /* of the code in use: "x86-64-v3", "x86-64-v4", "native:" and a CPU, "sm_90a", "compute_80" */
  const char *report;       /* JSON of what the compiler did, for `tenon inspect`; "" if absent */
  size_t num_metadata;      /* the model's own properties, see tenon_engine_metadata */
  size_t num_kernels;       /* of the target in use */
  uint64_t constants_bytes; /* weights of the target in use */
  uint64_t code_bytes;      /* of the target in use, as the file has it */
  uint64_t arena_bytes;     /* of a program with fixed shapes; 0 if it depends on the inputs */
  uint64_t live_bytes;      /* the least that any plan of that arena could need */
  tenon_device *device;     /* where it runs; as long as the engine */
  uint64_t num_launches;    /* the most kernels that a run launches; 0 if a loop decides */
} tenon_engine_info;
/* Fills `info` (whose `size` the caller sets). Error: TENON_INVALID_ARGUMENT if a pointer is NULL or `size` is not that of any version. */
TENON_API tenon_status *tenon_engine_describe(const tenon_engine *engine, tenon_engine_info *info);
/* Property number `index` (below num_metadata) of the model's ONNX metadata_props, in the order of their keys; those of its graph are
 * called "graph.KEY". Both texts are borrowed from the engine and may be empty, never NULL. TENON_INVALID_ARGUMENT: there is no such
 * property. */
TENON_API tenon_status *tenon_engine_metadata(const tenon_engine *engine, size_t index, const char **key, const char **value);

/* ---- Contexts -------------------------------------------------------------------------------------------------------------- */

typedef struct tenon_context_options {
  size_t size;                      /* sizeof(tenon_context_options) */
  const tenon_allocator *allocator; /* for arenas, pools and owned inputs and outputs; copied; NULL: the library's own */
  uint32_t cached_shapes;           /* plans of different input shapes to keep, least recently used go first; 0: 16 */
} tenon_context_options;

/* Makes a context; it holds the engine. Errors: TENON_INVALID_ARGUMENT, TENON_OUT_OF_MEMORY. */
TENON_API tenon_status *tenon_context_create(tenon_engine *engine, const tenon_context_options *options, tenon_context **context);
/* Releases a context and everything it handed out. NULL is allowed. */
TENON_API void tenon_context_release(tenon_context *context);

/* Lets an input use the caller's memory, which is read during each run until another bind or copy. Memory that is not aligned to 64 bytes
 * is copied at each run, and so is host memory for a CUDA device. Errors: TENON_WRONG_TYPE, TENON_WRONG_SHAPE, TENON_INVALID_ARGUMENT. */
TENON_API tenon_status *tenon_context_bind_input(tenon_context *context, size_t index, const tenon_tensor *tensor);
/* Copies the caller's tensor into memory of the context, now. Errors as for binding, TENON_OUT_OF_MEMORY. */
TENON_API tenon_status *tenon_context_copy_input(tenon_context *context, size_t index, const tenon_tensor *tensor);
/* Lets an output be written to the caller's host memory of `bytes` bytes, row-major and contiguous in the declared element type, at every
 * run until another bind. It holds at least what the shape needs, else the run fails with TENON_WRONG_SHAPE, and overlaps no input's.
 * Memory that is not aligned to 64 bytes is copied to at each run, and so is host memory from a CUDA device. NULL data: the context owns
 * the output again, which is the default. Error: TENON_INVALID_ARGUMENT for an index out of range. */
TENON_API tenon_status *tenon_context_bind_output(tenon_context *context, size_t index, void *data, size_t bytes);
/* The same for memory that may be the device's, which `memory` tells: TENON_DEVICE memory is written in place if it is aligned to 64 bytes,
 * in the order of the run's stream. Error: also TENON_INVALID_ARGUMENT for memory that is not that device's. */
TENON_API tenon_status *tenon_context_bind_output_memory(tenon_context *context, size_t index, tenon_memory memory, void *data,
                                                         size_t bytes);

/* A shape without memory, for tenon_context_prepare. */
typedef struct tenon_shape {
  size_t size; /* sizeof(tenon_shape) */
  uint32_t rank;
  const int64_t *dims; /* [rank] */
} tenon_shape;
/* Resolves shapes, plans and allocates for them, so that the first run with these shapes pays nothing; on a CUDA device it then makes its
 * graphs. `shapes` has one entry for each input; NULL with count 0: the shapes of the bound inputs, whose graphs the second run makes.
 * Errors: TENON_WRONG_SHAPE, TENON_GUARD_FAILED, TENON_OVERFLOW,
 * TENON_OUT_OF_MEMORY, TENON_INVALID_STATE if an input is not bound. */
TENON_API tenon_status *tenon_context_prepare(tenon_context *context, const tenon_shape *shapes, size_t count);

typedef struct tenon_run_options {
  size_t size; /* sizeof(tenon_run_options) */
  /* CUDA: a CUstream (cudaStream_t) of the device's primary context, which must live until the run is done; CU_STREAM_LEGACY (1) for the
   * default stream. The run's work follows what is in the stream, and the call returns when all of it is enqueued: the host waits only
   * where the program reads values back. NULL: a stream of the context's own. */
  void *stream;
  /* If not NULL: when another thread (or a signal handler) makes it non-zero, the run ends with TENON_CANCELLED as soon as the workgroups
   * under way are done. On a CUDA device nothing more is enqueued then, but what was enqueued runs. */
  const volatile int32_t *cancel;
  int32_t is_async; /* 1: return when all is enqueued also without `stream`; see tenon_context_wait */
} tenon_run_options;
/* Runs once and returns when the outputs are written, unless the options say otherwise. All inputs must be bound. For shapes that ran
 * before (and are still cached) it neither allocates nor locks, except for sizes that depend on data. While a run is under way bound
 * memory belongs to it, and a second run of the context follows it, in whatever stream. Errors: those of prepare, TENON_PROGRAM_ERROR. */
TENON_API tenon_status *tenon_context_run(tenon_context *context, const tenon_run_options *options);
/* Returns when the runs of this context are done. Errors of kernels that were under way: TENON_DEVICE_LOST. */
TENON_API tenon_status *tenon_context_wait(tenon_context *context);

/* Output `index`: dims and bytes after prepare or run (data-dependent ones only after a run), data after a run. Memory is the caller's if
 * it was bound, else the context's until its next run, prepare or release; `dims` is borrowed from the context for as long. The caller
 * sets `size` and `memory`: TENON_HOST asks for memory that the host can read, to which device memory is copied (this waits for the run),
 * TENON_DEVICE for the result where it is, which `memory` then tells; its content is there once the run is done. Errors:
 * TENON_INVALID_STATE if it is not known yet, TENON_OUT_OF_MEMORY. */
TENON_API tenon_status *tenon_context_output(tenon_context *context, size_t index, tenon_tensor *tensor);

/* One launch of a kernel, as the profile hook sees it. Pointers are borrowed during the call. */
typedef struct tenon_kernel_event {
  size_t size;     /* sizeof(tenon_kernel_event) as the library knows it */
  uint32_t kernel; /* number in the engine */
  const char *name;
  const char *const *nodes; /* [num_nodes]: the ONNX nodes that the kernel computes */
  size_t num_nodes;
  int64_t grid[3];   /* workgroups */
  uint64_t start;    /* nanoseconds of CLOCK_MONOTONIC */
  uint64_t duration; /* nanoseconds */
} tenon_kernel_event;
typedef void (*tenon_profile_hook)(void *user, const tenon_kernel_event *event);
/* Calls `hook` after each launch, in program order, from the running thread; NULL: off. It costs two clock reads a launch. On a CUDA device
 * kernels are timed by events and the hook is called for all of them at the end of the run, which then waits and uses no graph. The hook
 * must not call into the context; it gets `user` as it is here. Error: TENON_INVALID_STATE if another thread uses the context. */
TENON_API tenon_status *tenon_context_set_profiler(tenon_context *context, tenon_profile_hook hook, void *user);

typedef struct tenon_context_stats {
  size_t size;            /* sizeof(tenon_context_stats) */
  uint64_t arena_bytes;   /* of the current shapes' plan */
  uint64_t live_bytes;    /* the least that any plan could need: the largest set of live buffers */
  uint64_t pool_bytes;    /* now held for data-dependent sizes */
  uint64_t scratch_bytes; /* for all threads together */
  uint64_t bindings;      /* plans made since the context exists: counts shapes seen for the first time or forgotten */
  uint64_t allocations;   /* of memory since the context exists */
  uint64_t runs;          /* completed; asynchronous ones: enqueued */
  /* Of CUDA devices. */
  uint64_t launches;       /* of single kernels */
  uint64_t graph_launches; /* of straight pieces of the program between read-backs */
  uint64_t graphs;         /* made: new shapes, or the program took another way */
  uint64_t graph_updates;  /* kernels of graphs that got other addresses or sizes in place */
  uint64_t waits;          /* the host waited for the device */
} tenon_context_stats;
/* Fills `stats` (whose `size` the caller sets); bytes and counts as above, those of the plan 0 before the first prepare or run. Errors:
 * TENON_INVALID_ARGUMENT if a pointer is NULL or `size` is not that of any version, TENON_INVALID_STATE if another thread uses the
 * context. */
TENON_API tenon_status *tenon_context_get_stats(tenon_context *context, tenon_context_stats *stats);

#ifdef __cplusplus
}
#endif
#endif /* TENON_TENON_H */
