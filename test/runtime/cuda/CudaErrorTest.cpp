// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What can go wrong with a driver, a device, memory and kernels: a status each time, and the process lives.
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

using CudaError = CudaTest;

std::string openError(int32_t ordinal = 0) {
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.kind = TENON_CUDA;
  options.ordinal = ordinal;
  tenon_device *device = nullptr;
  std::string error = take(tenon_device_create(&options, &device));
  tenon_device_release(device);
  return error;
}

std::string engineError(EngineBuilder builder) {
  std::vector<uint8_t> file = builder.finish();
  tenon_engine *engine = nullptr;
  std::string error = take(tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine));
  tenon_engine_release(engine);
  return error;
}

TEST_F(CudaError, OldDriver) {
  fake.version = 11080;
  EXPECT_EQ(openError(), "TENON_UNSUPPORTED: the NVIDIA driver is too old: expected CUDA 12.4 or newer, got 11.8");
}

TEST_F(CudaError, DriverWithoutAFunction) {
  fake.missing = "cuGraphLaunch";
  EXPECT_EQ(openError(), "TENON_UNSUPPORTED: the NVIDIA driver lacks cuGraphLaunch");
}

TEST_F(CudaError, DriverThatDoesNotStart) {
  fake.failAt(1, cuda::Result(804), "cuInit");
  EXPECT_EQ(openError(), "TENON_UNSUPPORTED: the NVIDIA driver does not start: a fake error (CUDA_ERROR_FAKE_804, 804)");
}

TEST_F(CudaError, NoDevice) {
  fake.devices = 0;
  EXPECT_EQ(openError(), "TENON_UNSUPPORTED: there is no CUDA device 0: the driver sees 0");
  fake.devices = 2;
  EXPECT_EQ(openError(2), "TENON_UNSUPPORTED: there is no CUDA device 2: the driver sees 2");
  EXPECT_EQ(openError(-1), "TENON_UNSUPPORTED: there is no CUDA device -1: the driver sees 2");
  EXPECT_EQ(openError(1), "");
}

TEST_F(CudaError, EngineForAnotherDevice) {
  tenon_device *device = openCuda();
  std::vector<uint8_t> file = makeAddEngine().finish();
  tenon_open_options options = {sizeof(options), device, 0};
  tenon_engine *engine;
  expectError(tenon_engine_open_memory(file.data(), file.size(), &options, &engine), "TENON_UNSUPPORTED",
              "the engine has no code for CUDA devices");
  tenon_device_release(device);
  file = forCuda(makeAddEngine()).finish();
  tenon_device_options cpu = {};
  cpu.size = sizeof(cpu);
  expectOk(tenon_device_create(&cpu, &device));
  options.device = device;
  expectError(tenon_engine_open_memory(file.data(), file.size(), &options, &engine), "TENON_UNSUPPORTED",
              "the engine has no code for the CPU");
  tenon_device_release(device);
  fake.version = 10000;
  EXPECT_EQ(engineError(forCuda(makeAddEngine())),
            "TENON_UNSUPPORTED: the NVIDIA driver is too old: expected CUDA 12.4 or newer, got 10.0");
}

TEST_F(CudaError, CodeThatTheDriverRefuses) {
  EngineBuilder builder = forCuda(makeAddEngine());
  builder.segments[0] = {'x', 'y', 'z'};
  EXPECT_EQ(
      engineError(std::move(builder)),
      "TENON_INVALID_ENGINE: the driver refuses a segment of code: a fake error (CUDA_ERROR_FAKE_218, 218): line 1 is wrong; line 2 is "
      "worse");
  fake.failAt(1, cuda::unsupportedPtxVersion, "cuModuleLoadDataEx");
  EXPECT_EQ(engineError(forCuda(makeAddEngine())),
            "TENON_UNSUPPORTED: the driver cannot load a segment of code: a fake error (CUDA_ERROR_FAKE_222, 222)");
  builder = forCuda(makeAddEngine());
  builder.target().kernels[0]->name = "subtract";
  EXPECT_EQ(engineError(std::move(builder)), "TENON_INVALID_ENGINE: kernel 'subtract' is not in its segment");
  builder = forCuda(makeAddEngine());
  builder.target().kernels[0]->num_scalars = 3;
  builder.program().blocks[1]->instructions[0]->action.AsLaunch()->scalars.push_back(imm(1));
  EXPECT_EQ(engineError(std::move(builder)),
            "TENON_INVALID_ENGINE: kernel 'add': expected 9 parameters of 8 bytes and 0 of 128, its code has others");
  builder = forCuda(makeAddEngine());
  builder.target().kernels[0]->threads = 1024;
  EXPECT_EQ(engineError(std::move(builder)), "TENON_INVALID_ENGINE: kernel 'add' has 1024 threads in a block, its code allows 512");
}

TEST_F(CudaError, DamagedSegments) {
  for (bool isCode : {true, false}) {
    EngineBuilder builder = makeAddEngine();
    builder.launch(1, 0, imm(1), {builder.addConstant({1, 2, 3}), 0, 2}, {imm(3), imm(16)});
    std::vector<uint8_t> file = forCuda(std::move(builder)).finish();
    file[isCode ? 4096 : 8192] ^= 1;
    tenon_engine *engine;
    expectError(tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine), "TENON_CORRUPT_ENGINE",
                isCode ? "bytes of code does not match its hash" : "bytes of constants does not match its hash");
  }
}

TEST_F(CudaError, SharedMemoryThatTheDeviceLacks) {
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {imm(16)}, imm(64));
  builder.addOutput("y", fb::ElementType::i32, {imm(16)}, imm(64));
  uint32_t reverse = builder.addKernel("reverse", reverseKernel, 1, {false, true});
  builder.launch(1, reverse, imm(1), {0, 1}, {imm(16)}, imm(1 << 20));
  EngineBuilder cuda = forCuda(std::move(builder), "sm_90", fb::ScratchSpace::shared);
  Session session(cuda);
  expectOk(session.copyInput(0, sequence(16)));
  expectError(session.run(), "TENON_UNSUPPORTED", "kernel 'reverse' needs 1048576 bytes of shared memory, this device has 231424 for it");
}

TEST_F(CudaError, MemoryThatIsNotTheDevices) {
  EngineBuilder builder = forCuda(makeAddEngine());
  Session session(builder);
  alignas(64) int32_t host[10] = {};
  int64_t dims[] = {10};
  tenon_tensor tensor = {sizeof(tensor), host, 40, TENON_I32, 1, dims, nullptr, TENON_DEVICE};
  expectError(tenon_context_bind_input(session.context, 0, &tensor), "TENON_INVALID_ARGUMENT",
              "input 'a': expected device memory, got an address that is none");
  expectError(tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, host, 40), "TENON_INVALID_ARGUMENT",
              "output 'c': expected device memory, got an address that is none");
  tensor.memory = tenon_memory(7);
  expectError(tenon_context_bind_input(session.context, 0, &tensor), "TENON_INVALID_ARGUMENT", "input 'a': unknown kind of memory 7");
  DeviceInts elsewhere(sequence(10).values);
  fake.memoryOrdinal = 1;
  expectError(bindDevice(session.context, 0, elsewhere), "TENON_INVALID_ARGUMENT",
              "input 'a': expected memory of CUDA device 0, got memory of device 1");
}

TEST_F(CudaError, OutOfDeviceMemory) {
  EngineBuilder builder = forCuda(makeAddEngine());
  Session session(builder);
  fake.capacity = 4096;
  expectOk(session.copyInput(0, sequence(500)));
  expectOk(session.copyInput(1, sequence(500)));
  expectError(session.run(), "TENON_OUT_OF_MEMORY", "out of device memory: 2000 bytes for output 'c'");
  expectError(session.copyInput(0, sequence(1000)), "TENON_OUT_OF_MEMORY", "out of device memory: 4000 bytes for input 'a'");
  expectOk(session.copyInput(0, sequence(100)));
  expectOk(session.copyInput(1, sequence(100)));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, sequence(100, 0, 2).values);
  fake.failAt(1, cuda::outOfMemory, "cuMemAlloc");
  builder = makeAddEngine();
  builder.launch(1, 0, imm(1), {builder.addConstant({1, 2, 3}), 0, 2}, {imm(3), imm(16)});
  EXPECT_EQ(engineError(forCuda(std::move(builder))), "TENON_OUT_OF_MEMORY: out of device memory: 12 bytes of constants");
}

TEST_F(CudaError, AFaultLosesTheDevice) {
  isLost = true;
  EngineBuilder builder = forCuda(makeAddEngine());
  tenon_device *device = openCuda();
  Session session(builder, device), other(builder, device);
  expectOk(session.copyInput(0, sequence(10)));
  expectOk(session.copyInput(1, sequence(10)));
  fake.faulting = "add";
  expectError(session.run(), "TENON_DEVICE_LOST",
              "CUDA device 0 is lost: waiting for kernels (the last kernel launched was 'add'): an illegal memory access was encountered");
  // Everything else on the device says so.
  expectError(session.run(), "TENON_DEVICE_LOST", "CUDA device 0 is lost since an earlier error: waiting for kernels");
  expectError(other.copyInput(0, sequence(10)), "TENON_DEVICE_LOST", "is lost since");
  tenon_device_info info = {};
  info.size = sizeof(info);
  expectError(tenon_device_describe(device, &info), "TENON_DEVICE_LOST", "is lost since");
  std::vector<uint8_t> file = builder.finish();
  tenon_open_options options = {sizeof(options), device, 0};
  tenon_engine *engine;
  expectError(tenon_engine_open_memory(file.data(), file.size(), &options, &engine), "TENON_DEVICE_LOST", "is lost since");
  tenon_device_release(device);
  // The CPU still works.
  EngineBuilder cpu = makeAddEngine();
  Session host(cpu);
  expectOk(host.copyInput(0, sequence(10)));
  expectOk(host.copyInput(1, sequence(10)));
  expectOk(host.run());
}

TEST_F(CudaError, TheWatchdogNamesAKernelThatHangs) {
  isLost = true;
  EngineBuilder builder = makeAddEngine();
  uint32_t reverse = builder.addKernel("reverse", reverseKernel, 1, {false, true});
  builder.launch(1, reverse, imm(1), {0, 2}, {imm(1)}, imm(64));
  builder.launch(1, 0, imm(1), {0, 1, 2}, {imm(1), imm(16)});
  builder = forCuda(std::move(builder));
  tenon_device *device = openCuda(20);
  Session session(builder, device);
  tenon_device_release(device);
  expectOk(session.copyInput(0, sequence(10)));
  expectOk(session.copyInput(1, sequence(10)));
  expectOk(session.run());
  fake.hanging = "reverse";
  expectError(session.run(), "TENON_DEVICE_LOST", "kernel 'reverse' did not end within 20 ms");
  expectError(session.run(), "TENON_DEVICE_LOST", "is lost since an earlier error: kernel 'reverse'");
}

TEST_F(CudaError, AnyCallOfTheDriverMayFail) {
  // Opens, runs three times with a graph, in a stream and without; the call that fails moves on until none does.
  EngineBuilder builder = makeAddEngine();
  uint32_t arena = builder.addArena(reg(1), 0, 2), constant = builder.addConstant({5, 6, 7});
  builder.copy(1, arena, 0, reg(1));
  builder.launch(1, 0, imm(1), {constant, arena, 2}, {imm(3), imm(16)});
  builder = forCuda(std::move(builder));
  std::vector<uint8_t> file = builder.finish();
  void *stream = fake.createStream();
  auto attempt = [&] {
    Tensor a = sequence(20), b = sequence(20);
    tenon_tensor left = a.describe(), right = b.describe(), output = {};
    output.size = sizeof(output);
    tenon_engine *engine = nullptr;
    tenon_context *context = nullptr;
    std::string error = take(tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine));
    if (error.empty())
      error = take(tenon_context_create(engine, nullptr, &context));
    for (int round = 0; round < 4 && error.empty(); ++round) {
      error = take(tenon_context_copy_input(context, 0, &left));
      if (error.empty())
        error = take(tenon_context_bind_input(context, 1, &right));
      tenon_run_options options = {sizeof(options), round == 1 ? stream : nullptr, nullptr, 0};
      if (error.empty())
        error = take(tenon_context_run(context, &options));
      if (error.empty())
        error = take(tenon_context_output(context, 0, &output));
      if (error.empty())
        EXPECT_EQ(static_cast<int32_t *>(output.data)[2], 9) << "a wrong result";
    }
    tenon_context_release(context);
    tenon_engine_release(engine);
    return error;
  };
  int failures = 0, successes = 0;
  for (cuda::Result result : {cuda::outOfMemory, cuda::invalidValue, cuda::unknown, cuda::Result(46)})
    for (int64_t call = 1; successes <= failures + 1000; ++call) {
      uint64_t before = fake.calls();
      fake.failAt(call, result);
      std::string error = attempt();
      fake.failAt(0, cuda::success);
      uint64_t made = fake.calls() - before;
      if (error.empty())
        ++successes; // a call whose failure changes nothing: releasing, or what is tried again
      else
        ++failures;
      EXPECT_TRUE(error.empty() || error.rfind("TENON_", 0) == 0) << error;
      if (uint64_t(call) > made)
        break; // nothing was left to fail
    }
  EXPECT_GT(failures, 200);
  EXPECT_EQ(attempt(), "");
  fake.destroyStream(stream);
  isLost = true; // what could not be released stays
}

} // namespace
