// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The public surface as a user sees it: tenon.hpp and the C example, both against libtenon_runtime.so, which exports its C ABI only.
#include "tenon/tenon.hpp"
#include "test/runtime/EngineBuilder.h"
#include "test/runtime/cuda/FakeCuda.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

using namespace tenon::test;

namespace {

TEST(Wrapper, RunsAnEngine) {
  std::vector<uint8_t> file = makeAddEngine().finish();
  tenon::Device device = tenon::Device::cpu(2);
  EXPECT_EQ(device.threads(), 2u);
  tenon::Engine engine = tenon::Engine::openMemory(file.data(), file.size(), &device);
  EXPECT_EQ(engine.input(0).name, "a");
  EXPECT_EQ(engine.input(0).dims, std::vector<int64_t>{-1});
  EXPECT_EQ(engine.input(0).dimNames, std::vector<std::string>{"n"});
  tenon::Context context(engine);
  tenon::Engine moved = std::move(engine);
  context.copyInput<int32_t>(moved.findInput("a"), {1, 2, 3}, {3});
  context.copyInput<int32_t>(moved.findInput("b"), {10, 20, 30}, {3});
  context.run();
  EXPECT_EQ(context.output(0).copy<int32_t>(), (std::vector<int32_t>{11, 22, 33}));
  EXPECT_EQ(context.output(0).dims, std::vector<int64_t>{3});
  EXPECT_THROW(context.output(0).copy<float>(), tenon::Error);
}

TEST(Wrapper, RunsInAStreamOfTheDevice) {
  FakeCuda &fake = FakeCuda::get();
  fake.reset();
  EngineBuilder builder = makeAddEngine();
  builder.useCuda("sm_90");
  builder.segments[0] = fakeModule();
  std::vector<uint8_t> file = builder.finish();
  void *memory = fake.allocate(12), *stream = fake.createStream();
  {
    tenon::Device device = tenon::Device::cuda();
    tenon::Engine engine = tenon::Engine::openMemory(file.data(), file.size(), &device);
    tenon::Context context(engine);
    fake.writeInt(stream, memory, 5);
    context.bindInput(0, memory, 12, TENON_I32, {3}, TENON_DEVICE);
    context.copyInput<int32_t>(1, {10, 20, 30}, {3});
    context.run(stream);
    context.wait();
    EXPECT_EQ(context.output(0).copy<int32_t>()[0], 15);
    void *result = context.output(0, TENON_DEVICE).data;
    int32_t value = 0;
    fake.peek(result, &value, sizeof(value));
    EXPECT_EQ(value, 15);
    context.bindOutput(0, memory, 12, TENON_DEVICE);
    EXPECT_THROW(tenon::Device::cuda(7), tenon::Error);
  }
  fake.destroyStream(stream);
  fake.free(memory);
  EXPECT_EQ(fake.liveObjects(), 0);
}

TEST(Wrapper, PreparesForShapes) {
  std::vector<uint8_t> file = makeAddEngine().finish();
  tenon::Engine engine = tenon::Engine::openMemory(file.data(), file.size());
  tenon::Context context(engine);
  EXPECT_THROW(context.prepare(), tenon::Error); // nothing is bound
  EXPECT_THROW(context.prepare({{3}}), tenon::Error);
  EXPECT_THROW(context.prepare({{3}, {4}}), tenon::Error);
  context.prepare({{3}, {3}});
  tenon_context_stats prepared = {}, after = {};
  prepared.size = after.size = sizeof(tenon_context_stats);
  tenon::check(tenon_context_get_stats(context.get(), &prepared));
  context.copyInput<int32_t>(0, {1, 2, 3}, {3});
  context.copyInput<int32_t>(1, {10, 20, 30}, {3});
  context.run();
  EXPECT_EQ(context.output(0).copy<int32_t>(), (std::vector<int32_t>{11, 22, 33}));
  tenon::check(tenon_context_get_stats(context.get(), &after));
  EXPECT_EQ(after.bindings, prepared.bindings);
}

TEST(Wrapper, ThrowsStatusesAsErrors) {
  try {
    tenon::Engine::open("/no/such/file");
    FAIL();
  } catch (const tenon::Error &error) {
    EXPECT_EQ(error.code(), TENON_IO_ERROR);
    EXPECT_NE(std::string(error.what()).find("/no/such/file"), std::string::npos);
  }
}

TEST(Version, IsTheProjects) {
  EXPECT_STREQ(tenon_version(), TENON_PROJECT_VERSION);
  EXPECT_EQ(std::to_string(TENON_VERSION_MAJOR) + "." + std::to_string(TENON_VERSION_MINOR) + "." + std::to_string(TENON_VERSION_PATCH),
            TENON_PROJECT_VERSION);
}

TEST(Example, RunsAnEngine) {
  std::vector<uint8_t> file = makeAddEngine().finish();
  std::string path = testing::TempDir() + "/tenon-example-" + std::to_string(getpid()) + ".tenon";
  FILE *stream = std::fopen(path.c_str(), "wb");
  ASSERT_TRUE(stream);
  ASSERT_EQ(std::fwrite(file.data(), 1, file.size(), stream), file.size());
  std::fclose(stream);
  auto run = [](const std::string &command) {
    std::string text;
    FILE *pipe = popen((command + " 2>&1").c_str(), "r");
    std::array<char, 256> line;
    while (pipe && std::fgets(line.data(), int(line.size()), pipe))
      text += line.data();
    int status = pipe ? pclose(pipe) : -1;
    return text + "exit " + std::to_string(WEXITSTATUS(status));
  };
  EXPECT_EQ(run(std::string(TENON_EXAMPLE) + " " + path), "c [1] i32, first 0\nexit 0");
  std::remove(path.c_str());
  std::string missing = run(std::string(TENON_EXAMPLE) + " " + path);
  EXPECT_EQ(missing.rfind("TENON_IO_ERROR: cannot open", 0), 0u) << missing;
  EXPECT_NE(missing.find("exit 1"), std::string::npos);
}

TEST(Library, ExportsTheCAbiOnly) {
  void *library = dlopen(TENON_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  EXPECT_TRUE(dlsym(library, "tenon_engine_open_file"));
  for (const char *hidden : {"llvm_blake3_hasher_init", "_ZN5tenon6engine9hashBytesEPKvm"}) {
    void *symbol = dlsym(library, hidden);
    Dl_info info = {};
    EXPECT_TRUE(!symbol || (dladdr(symbol, &info) && std::string(info.dli_fname).find("libtenon_runtime") == std::string::npos)) << hidden;
  }
  dlclose(library);
}

} // namespace
