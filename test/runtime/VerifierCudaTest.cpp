// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rules of docs/engine-format.md for CUDA targets, one test each.
#include "test/runtime/SpoiledEngine.h"

using namespace tenon::test;

namespace {

TEST(Verifier, T4) {
  expectInvalid("T4: kernel 0: expected no threads of a CPU kernel, got 32", [](EngineBuilder &b) { b.target().kernels[0]->threads = 32; });
  expectInvalid("T4: kernel 0: unknown scratch space 7",
                [](EngineBuilder &b) { b.target().kernels[0]->scratch_space = fb::ScratchSpace(7); });
  auto expectKernelRefused = [](const char *message, void (*spoil)(fb::KernelT &)) {
    expectInvalid(message, [&](EngineBuilder &b) {
      b.useCuda("sm_90a");
      spoil(*b.target().kernels[0]);
    });
  };
  const char *threads = "T4: kernel 0: expected a multiple of 32 threads up to 1024, got ";
  expectKernelRefused((threads + std::string("0")).c_str(), [](fb::KernelT &kernel) { kernel.threads = 0; });
  expectKernelRefused((threads + std::string("48")).c_str(), [](fb::KernelT &kernel) { kernel.threads = 48; });
  expectKernelRefused((threads + std::string("1056")).c_str(), [](fb::KernelT &kernel) { kernel.threads = 1056; });
  expectKernelRefused("T4: kernel 0: expected a cluster of 0, 1, 2, 4 or 8 blocks, got 3", [](fb::KernelT &kernel) { kernel.cluster = 3; });
  expectKernelRefused("T4: kernel 0: expected entry 0 of a CUDA kernel, got 4", [](fb::KernelT &kernel) { kernel.entry = 4; });
  expectKernelRefused("T4: kernel 0: expected at most 509 buffers and scalars, got 510",
                      [](fb::KernelT &kernel) { kernel.num_scalars = 507; });
}

TEST(Verifier, T5) {
  expectInvalid("T5: target 0: 'x86-64' is not an architecture of CUDA devices", [](EngineBuilder &b) { b.useCuda("x86-64"); });
  expectInvalid("T5: target 0: 'compute_90a' is not", [](EngineBuilder &b) { b.useCuda("compute_90a"); });
  expectInvalid("T5: target 0: 'sm_9' is not", [](EngineBuilder &b) { b.useCuda("sm_9"); });
}

TEST(Verifier, P13) {
  expectInvalid("P13: kernel 0: expected a grid of one dimension on a CUDA device", [](EngineBuilder &b) {
    b.useCuda("sm_90a");
    launchOf(b).grid_z = box(imm(2));
  });
}

/// Gives the launch a map of a 64x32 matrix in tiles of 8 rows, spoiled, in code for CUDA.
void expectMapRefused(const char *message, const std::function<void(fb::TensorMapT &)> &spoil) {
  expectInvalid(message, [&](EngineBuilder &b) {
    b.useCuda("sm_90a");
    auto map = std::make_unique<fb::TensorMapT>();
    map->dims = {imm(32), imm(64)};
    map->strides = {imm(128)};
    map->box = {32, 8};
    map->steps = {1, 1};
    map->swizzle = 128;
    spoil(*map);
    b.target().kernels[0]->num_maps = 1;
    launchOf(b).maps.push_back(std::move(map));
  });
}

TEST(Verifier, P12) {
  expectInvalid("P12: kernel 0: a tensor map stands in code for another device",
                [](EngineBuilder &b) { launchOf(b).maps.push_back(std::make_unique<fb::TensorMapT>()); });
  expectInvalid("P12: kernel 0: expected 17 tensor maps and no more than 16, got 17", [](EngineBuilder &b) {
    b.useCuda("sm_90a");
    b.target().kernels[0]->num_maps = 17;
    for (int i = 0; i < 17; ++i)
      launchOf(b).maps.push_back(std::make_unique<fb::TensorMapT>());
  });
  expectMapRefused("is of a buffer that the launch does not have", [](fb::TensorMapT &map) { map.buffer = 3; });
  expectMapRefused("has elements that are not whole bytes", [](fb::TensorMapT &map) { map.type = fb::ElementType::i4; });
  expectMapRefused("has elements that are not whole bytes", [](fb::TensorMapT &map) { map.type = fb::ElementType(99); });
  expectMapRefused("has a rank that no descriptor has", [](fb::TensorMapT &map) { map.dims.clear(); });
  expectMapRefused("or sizes of different ranks", [](fb::TensorMapT &map) { map.strides.clear(); });
  expectMapRefused("has corners of another rank", [](fb::TensorMapT &map) { map.upper = {0}; });
  expectMapRefused("has a step that is not from 1 to 8", [](fb::TensorMapT &map) { map.steps[1] = 0; });
  expectMapRefused("has a box of another rank", [](fb::TensorMapT &map) { map.box.pop_back(); });
  expectMapRefused("has a box that is empty or too large", [](fb::TensorMapT &map) { map.box[1] = 257; });
  expectMapRefused("has a swizzle that is none of", [](fb::TensorMapT &map) { map.swizzle = 16; });
  expectMapRefused("wider than the swizzle", [](fb::TensorMapT &map) { map.swizzle = 64; });
  expectMapRefused("no multiple of 16 bytes", [](fb::TensorMapT &map) { map.box[0] = 3; });
  expectInvalid("P12: kernel 0: expected at most 4096 bytes of parameters, got 4224", [](EngineBuilder &b) {
    b.useCuda("sm_90a");
    b.target().kernels[0]->num_scalars = 506;
    b.target().kernels[0]->num_maps = 1;
    launchOf(b).scalars.assign(506, imm(1));
    auto map = std::make_unique<fb::TensorMapT>();
    launchOf(b).maps.push_back(std::move(map));
  });
  expectMapRefused("P1: ", [](fb::TensorMapT &map) { map.dims[0] = reg(99); });
}

} // namespace
