/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Opens the engine that its argument names and prints inputs, or the error. */
#include "tenon/tenon.h"
#include <stdio.h>

int main(int argc, char **argv) {
  tenon_engine *engine = NULL;
  tenon_status *status = tenon_engine_open_file(argc > 1 ? argv[1] : "none.tenon", NULL, &engine);
  if (status) {
    printf("tenon %s: %s: %s\n", tenon_version(), tenon_code_name(tenon_status_code(status)), tenon_status_message(status));
    tenon_status_release(status);
    return 1;
  }
  for (size_t i = 0; i < tenon_engine_num_inputs(engine); ++i) {
    tenon_tensor_info info = {.size = sizeof info};
    tenon_status_release(tenon_engine_input(engine, i, &info));
    printf("%s %s rank %u\n", info.name, tenon_type_name(info.type), info.rank);
  }
  tenon_engine_release(engine);
  return 0;
}
