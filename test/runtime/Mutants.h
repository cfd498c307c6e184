// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 10,000 seeded mutants of an engine that uses every instruction and storage. Half keep their hashes and must all be refused. The other
// half are hashed again, so that structure and meaning must catch them; what "unaffected" means for these:
//  - refused:    the loader, or a run, gave a status; or
//  - same:       all outputs are those of the original, bit by bit; or
//  - another:    the outputs differ, because the mutant is another program that contradicts itself nowhere (a constant of another value is
//  no
//                damage that anything but a hash could notice). Then it must have kept to its own memory.
// In all cases the process lives: each run has guard pages around every buffer and a time limit, and the engine that ran before
// gives its outputs again. Machine code is not judged, by the loader or here: every entry in the code segment leads through no-ops to one
// kernel. It reads and writes exactly 64 bytes from each pointer, whatever sizes and scalars say, so that an access outside is the
// runtime's fault and not the kernel's.
#ifndef TENON_TEST_RUNTIME_MUTANTS_H
#define TENON_TEST_RUNTIME_MUTANTS_H

#include "test/runtime/Session.h"

#include <csignal>
#include <random>
#include <sys/time.h>
#include <unistd.h>

namespace tenon::test {

/// Inputs a, b of 16 elements (dimension n); outputs: s = a + b after 3 rounds of a loop, t of a data-dependent size.
inline EngineBuilder makeRichEngine(const char *kernel = "add") {
  EngineBuilder b;
  auto n = int32_t(b.addRegister()), bytes = int32_t(b.addRegister()), ok = int32_t(b.addRegister()), i = int32_t(b.addRegister());
  auto goOn = int32_t(b.addRegister()), size = int32_t(b.addRegister());
  b.addInput("a", fb::ElementType::i32, {reg(n)}, reg(bytes));
  b.addInput("b", fb::ElementType::i32, {reg(n)}, reg(bytes));
  b.addOutput("s", fb::ElementType::i32, {reg(n)}, reg(bytes));
  b.engine.inputs[0]->dim_names = {"n"};
  b.addSymbol("n", 16, 64, n);
  uint32_t k = b.addConstant(sequence(16, 7).values);
  uint32_t sum = b.addArena(reg(bytes), 0, 14), shifted = b.addArena(imm(128), 1, 14), small = b.addArena(imm(64), 9, 11);
  uint32_t view = b.addBuffer(fb::Storage::view, shifted, imm(64), imm(64));
  uint32_t pool = b.addBuffer(fb::Storage::pool, 0, reg(size)), slot = b.addBuffer(fb::Storage::slot, 0, imm(0));
  b.addDynamicOutput("t", fb::ElementType::i32, {reg(i), imm(2)}, pool);
  uint32_t before = b.addBlock(), body = b.addBlock(), thenBlock = b.addBlock(), elseBlock = b.addBlock();
  b.inputDim(0, n, 0, 0);
  b.scalar(0, fb::ScalarOp::mul, bytes, reg(n), imm(4));
  b.scalar(0, fb::ScalarOp::le, ok, imm(16), reg(n));
  b.guard(0, reg(ok), "n must be at least 16");
  uint32_t add = b.addKernel(kernel, add64BytesKernel, 2, {false, false, true});
  auto addInto = [&](uint32_t block, uint32_t x, uint32_t y, uint32_t z) {
    b.launch(block, add, imm(1), {x, y, z}, {reg(n), imm(5)}, imm(64));
  };
  addInto(1, 0, 1, sum);
  addInto(1, sum, k, view);
  b.scalar(1, fb::ScalarOp::move, i, imm(0));
  b.assign(1, slot, view);
  b.loop(1, before, reg(goOn), body); // 4
  b.scalar(before, fb::ScalarOp::lt, goOn, reg(i), imm(3));
  addInto(body, sum, 1, sum);
  b.scalar(body, fb::ScalarOp::add, i, reg(i), imm(1));
  b.ifElse(1, reg(goOn), thenBlock, elseBlock); // 8
  b.copy(thenBlock, small, sum, imm(64));
  b.writeScalars(elseBlock, small, fb::ElementType::i64, {reg(i), imm(9)});
  b.readScalar(1, uint32_t(size), small, fb::ElementType::i64, imm(0)); // 11: reads i
  b.scalar(1, fb::ScalarOp::mul, uint32_t(size), reg(size), imm(64));
  b.alloc(1, pool);
  addInto(1, sum, slot, pool);
  b.copy(1, b.outputBuffer(0), pool, imm(64));
  std::vector<uint32_t> buffers = {pool, b.addArena(imm(64), 16, 16)};
  for (int64_t size : {128, 128, 128, 8})
    buffers.push_back(b.addArena(imm(size), 16, 16));
  b.hostCall(1, "unique", fb::ElementType::i32, buffers, {imm(2), imm(4), imm(2), reg(ok)}); // 16
  return b;
}

inline constexpr int kSame = 0, kRefused = 1, kAnother = 2;

/// Asks the current run to stop after 50 ms; ends the process, with a word, if it has not after 10 s.
struct Watchdog {
  static inline int32_t cancel = 0, fired = 0;

  static void bark(int) {
    __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
    if (++fired < 200)
      return;
    static const char message[] = "a mutant does not stop\n";
    (void)!write(2, message, sizeof(message) - 1);
    _exit(1);
  }
  Watchdog() {
    cancel = fired = 0;
    signal(SIGALRM, bark);
    itimerval timer = {{0, 50000}, {0, 50000}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  ~Watchdog() {
    itimerval timer = {};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
};

struct Runner {
  /// Opens and runs a file; one of the outcomes above.
  int run(const std::vector<uint8_t> &file) {
    tenon_open_options open = {sizeof(open), device, 0};
    tenon_engine *engine = nullptr;
    tenon_context *context = nullptr;
    std::string error = take(tenon_engine_open_memory(file.data(), file.size(), &open, &engine));
    if (error.empty())
      error = runEngine(engine, context);
    tenon_context_release(context);
    tenon_engine_release(engine);
    lastError = error;
    return !error.empty() ? kRefused : !hasExpected || results == expected ? kSame : kAnother;
  }

  std::string runEngine(tenon_engine *engine, tenon_context *&context) {
    tenon_context_options options = {sizeof(options), allocator, 0};
    std::string error = take(tenon_context_create(engine, &options, &context));
    Tensor a = sequence(16, 1), b = sequence(16, 50, 2);
    for (size_t i = 0; error.empty() && i < tenon_engine_num_inputs(engine); ++i) {
      tenon_tensor tensor = (i == 0 ? a : b).describe();
      error = take(tenon_context_copy_input(context, i, &tensor));
    }
    tenon_run_options run = {sizeof(run), nullptr, &Watchdog::cancel, 0};
    if (error.empty())
      error = take(tenon_context_run(context, &run));
    results.clear();
    for (size_t i = 0; error.empty() && i < tenon_engine_num_outputs(engine); ++i) {
      tenon_tensor output = {};
      output.size = sizeof(output);
      error = take(tenon_context_output(context, i, &output));
      if (error.empty()) // every byte that is handed out can be read
        results.push_back(std::string(static_cast<char *>(output.data), output.bytes));
    }
    return error;
  }

  tenon_device *device = nullptr;
  const tenon_allocator *allocator = nullptr;
  std::vector<std::string> results, expected;
  bool hasExpected = false;
  std::string lastError;
};

/// One to three changes of bytes, words or whole 32-bit numbers in the header.
inline void mutate(std::vector<uint8_t> &file, size_t begin, std::mt19937 &random) {
  static const int64_t interesting[] = {0, 1, -1, 4, 16, 63, 64, 65, 255, 4096, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
  auto below = [&](size_t limit) { return size_t(random() % limit); };
  for (size_t changes = 1 + below(3); changes > 0; --changes) {
    size_t at = begin + below(file.size() - begin);
    int64_t value = interesting[below(sizeof(interesting) / sizeof(*interesting))];
    switch (below(4)) {
    case 0:
      file[at] ^= uint8_t(1 << below(8));
      break;
    case 1:
      file[at] = uint8_t(random());
      break;
    case 2:
      std::memcpy(&file[at], &value, std::min<size_t>(4, file.size() - at));
      break;
    default:
      std::memcpy(&file[at], &value, std::min<size_t>(8, file.size() - at));
      break;
    }
  }
}

/// Runs 10,000 mutants of a file made by makeRichEngine. `allocator` may be NULL.
inline void expectNoMutantCrashesOrGoesUnnoticed(const std::vector<uint8_t> &file, tenon_device *device, const tenon_allocator *allocator,
                                                 uint32_t seed) {
  size_t headerOffset = fb::decodePreamble(file.data()).headerOffset;
  Runner runner;
  runner.device = device;
  runner.allocator = allocator;
  ASSERT_EQ(runner.run(file), kSame) << runner.lastError;
  runner.expected = runner.results;
  runner.hasExpected = true;
  ASSERT_EQ(runner.expected.size(), 2u);
  // sum = a + 4 b, view = a + b + k; s[0] = sum + view
  EXPECT_EQ(reinterpret_cast<const int32_t *>(runner.expected[0].data())[0], 1 + 4 * 50 + 1 + 50 + 7);

  std::mt19937 random(seed);
  int counts[2][3] = {};
  for (int i = 0; i < 10000; ++i) {
    std::vector<uint8_t> mutant = file;
    bool isHashed = i % 2 == 1;
    mutate(mutant, headerOffset, random);
    if (mutant == file)
      continue;
    if (isHashed)
      rehash(mutant);
    Watchdog watchdog;
    int outcome = runner.run(mutant);
    ++counts[isHashed][outcome];
    ASSERT_TRUE(isHashed || outcome == kRefused) << "mutant " << i;
    if (outcome == kRefused) {
      ASSERT_EQ(runner.lastError.rfind("TENON_", 0), 0u) << "mutant " << i << ": " << runner.lastError;
      ASSERT_EQ(runner.lastError.find("TENON_INTERNAL"), std::string::npos) << "mutant " << i << ": " << runner.lastError;
      ASSERT_EQ(runner.lastError.find("TENON_DEVICE_LOST"), std::string::npos) << "mutant " << i << ": " << runner.lastError;
    }
    if (i % 100 == 0)
      ASSERT_EQ(runner.run(file), kSame) << "after mutant " << i;
  }
  std::printf("hashed again: %d refused, %d same, %d another program\n", counts[1][kRefused], counts[1][kSame], counts[1][kAnother]);
  EXPECT_GT(counts[1][kRefused], 2000);
  EXPECT_GT(counts[1][kSame], 100);
}

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_MUTANTS_H
