/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs an engine once with every input zero and prints each output's shape and first value.
 *
 *   cc run.c -Iinclude -Llib -ltenon_runtime -o run && ./run model.tenon
 *
 * A dimension that the model leaves open is set to its least size. Exit code 1 and a message on stderr if anything fails. */
#include "tenon/tenon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Prints an error and releases it; 1 if there was one. */
static int failed(tenon_status *status) {
  if (!status)
    return 0;
  fprintf(stderr, "%s: %s\n", tenon_code_name(tenon_status_code(status)), tenon_status_message(status));
  tenon_status_release(status);
  return 1;
}

/* The least size that the engine accepts for a dimension of this name; 1 if it says nothing. */
static int64_t least_size(const tenon_engine *engine, const char *name) {
  for (size_t i = 0; i < tenon_engine_num_symbols(engine); ++i) {
    tenon_symbol_info symbol = {.size = sizeof symbol};
    if (failed(tenon_engine_symbol(engine, i, &symbol)))
      return 1;
    const char *a = symbol.name, *b = name;
    while (*a && *a == *b)
      ++a, ++b;
    if (*a == *b)
      return symbol.minimum > 0 ? symbol.minimum : 1;
  }
  return 1;
}

/* Copies zeros to input `index`; 1 on failure. */
static int fill_input(const tenon_engine *engine, tenon_context *context, size_t index) {
  tenon_tensor_info info = {.size = sizeof info};
  int64_t dims[64]; /* no engine has more */
  uint64_t bits;
  if (failed(tenon_engine_input(engine, index, &info)))
    return 1;
  bits = tenon_type_bits(info.type);
  for (uint32_t axis = 0; axis < info.rank; ++axis) {
    dims[axis] = info.dims[axis] >= 0 ? info.dims[axis] : least_size(engine, info.dim_names[axis]);
    bits *= (uint64_t)dims[axis];
  }
  tenon_tensor tensor = {.size = sizeof tensor, .bytes = (bits + 7) / 8, .type = info.type, .rank = info.rank, .dims = dims};
  tensor.data = calloc(tensor.bytes + 1, 1);
  int result = tensor.data ? failed(tenon_context_copy_input(context, index, &tensor)) : 1;
  free(tensor.data);
  return result;
}

/* Prints "name [2, 3] f32, first 0.5"; 1 on failure. */
static int print_output(const tenon_engine *engine, tenon_context *context, size_t index) {
  tenon_tensor_info info = {.size = sizeof info};
  tenon_tensor tensor = {.size = sizeof tensor};
  if (failed(tenon_engine_output(engine, index, &info)) || failed(tenon_context_output(context, index, &tensor)))
    return 1;
  printf("%s [", info.name);
  for (uint32_t axis = 0; axis < tensor.rank; ++axis)
    printf("%s%" PRId64, axis ? ", " : "", tensor.dims[axis]);
  printf("] %s", tenon_type_name(tensor.type));
  if (tensor.type == TENON_F32 && tensor.bytes >= sizeof(float))
    printf(", first %g", *(const float *)tensor.data);
  if (tensor.type == TENON_I32 && tensor.bytes >= sizeof(int32_t))
    printf(", first %" PRId32, *(const int32_t *)tensor.data);
  printf("\n");
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s ENGINE\n", argv[0]);
    return 1;
  }
  tenon_engine *engine = NULL;
  tenon_context *context = NULL;
  int result = failed(tenon_engine_open_file(argv[1], NULL, &engine)) || failed(tenon_context_create(engine, NULL, &context));
  for (size_t i = 0; !result && i < tenon_engine_num_inputs(engine); ++i)
    result = fill_input(engine, context, i);
  result = result || failed(tenon_context_run(context, NULL));
  for (size_t i = 0; !result && i < tenon_engine_num_outputs(engine); ++i)
    result = print_output(engine, context, i);
  tenon_context_release(context);
  tenon_engine_release(engine);
  return result;
}
