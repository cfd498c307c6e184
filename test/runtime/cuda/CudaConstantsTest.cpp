// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants of many pieces, which several threads bring to the device.
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

using CudaConstants = CudaTest;

TEST_F(CudaConstants, UploadsLongConstants) {
  // More pieces than the ring of page-locked memory has, the last of them short.
  int64_t n = 20 * fb::kHashPiece / 4 + 5;
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {imm(1)}, imm(4));
  builder.addOutput("y", fb::ElementType::i32, {imm(n)}, imm(n * 4));
  builder.addKernel("add", addKernel, 2, {false, false, true});
  builder.copy(1, 1, builder.addConstant(sequence(n, 9).values), imm(n * 4));
  builder = forCuda(std::move(builder));
  Session session(builder);
  expectOk(session.copyInput(0, sequence(1)));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, sequence(n, 9).values);
}

TEST_F(CudaConstants, AFailedUploadEndsItsWorkers) {
  EngineBuilder builder = makeAddEngine();
  builder.launch(1, 0, imm(1), {builder.addConstant(sequence(20 * fb::kHashPiece / 4).values), 0, 2}, {imm(3), imm(16)});
  std::vector<uint8_t> file = forCuda(std::move(builder)).finish();
  for (const char *function : {"cuMemHostAlloc", "cuEventCreate", "cuMemcpyHtoDAsync", "cuEventRecord", "cuEventSynchronize"})
    for (int call : {1, 5}) {
      fake.failAt(call, cuda::outOfMemory, function);
      tenon_engine *engine;
      tenon_status *status = tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine);
      if (function != std::string("cuMemHostAlloc") || call == 1)
        expectError(status, "TENON_OUT_OF_MEMORY", "CUDA device 0: ");
      else
        expectOk(status), tenon_engine_release(engine);
    }
}

} // namespace
