// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports mutants of the light models of the onnx wheel, and of small models that hold every op of the table. Each must end in a
// module that verifies or in problems, in bounded time and memory; a crash or a hang ends the test program.
//
// TENON_MUTANTS is the number of mutants, TENON_MUTANT_SEED the first seed. A failure names the seed that makes it again.
#include "lib/Importer/Onnx/Import.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "test/importer/Mutator.h"
#include "gtest/gtest.h"
#include <chrono>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <sys/resource.h>

using namespace tenon;

namespace {
struct Seed {
  std::string name, bytes;
};

uint64_t fromEnvironment(const char *name, uint64_t missing) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : missing;
}

std::vector<Seed> readFolder(const std::string &folder) {
  std::vector<Seed> seeds;
  std::vector<std::string> names;
  if (DIR *directory = opendir(folder.c_str())) {
    while (dirent *entry = readdir(directory))
      if (llvm::StringRef(entry->d_name).ends_with(".onnx"))
        names.push_back(entry->d_name);
    closedir(directory);
  }
  std::sort(names.begin(), names.end()); // the same seed is the same mutant everywhere
  for (const std::string &name : names) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    seeds.push_back({name, {std::istreambuf_iterator<char>(file), {}}});
  }
  return seeds;
}

/// What a command prints, without the line's end.
std::string outputOf(const std::string &command) {
  std::string text;
  FILE *pipe = popen(command.c_str(), "r");
  if (!pipe)
    return text;
  char buffer[4096];
  while (size_t count = fread(buffer, 1, sizeof(buffer), pipe))
    text.append(buffer, count);
  pclose(pipe);
  return llvm::StringRef(text).rtrim().str();
}

std::string environmentOr(const char *name, const char *missing) {
  const char *text = std::getenv(name);
  return text ? text : missing;
}

size_t peakBytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) * 1024;
}

/// Imports `bytes` in `context`; false if the outcome is neither a valid module nor a list of problems.
bool importBytes(mlir::MLIRContext &context, const std::string &bytes) {
  std::vector<ImportProblem> problems;
  std::shared_ptr<llvm::MemoryBuffer> buffer = llvm::MemoryBuffer::getMemBufferCopy(bytes, "mutant");
  mlir::OwningOpRef<mlir::ModuleOp> module = importOnnx(context, buffer, "", {}, problems);
  for (const ImportProblem &problem : problems)
    if (problem.reason.empty() || problem.str().find('\n') != std::string::npos)
      return false;
  return module ? problems.empty() && succeeded(mlir::verify(*module)) : !problems.empty();
}

class Mutants : public testing::Test {
protected:
  void SetUp() override {
    python = environmentOr("TENON_PYTHON", TENON_TEST_PYTHON);
    light = readFolder(
        outputOf(python + " -c 'import onnx.backend.test as t, os; print(os.path.join(os.path.dirname(t.__file__), \"data/light\"))'"));
    ASSERT_EQ(light.size(), 9u) << "expected the nine light models of the onnx wheel in " << python;
  }

  void run(const std::vector<Seed> &seeds, uint64_t count, uint64_t weightLimit) {
    uint64_t first = fromEnvironment("TENON_MUTANT_SEED", 1);
    std::unique_ptr<mlir::MLIRContext> context;
    size_t before = peakBytes();
    for (uint64_t i = 0; i < count; ++i) {
      // A new context now and then: types and attributes of old mutants must not pile up.
      if (i % 64 == 0)
        context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
      test::Mutator mutator(first + i);
      // Large seeds take their turn less often, so that the time goes into many mutants.
      const Seed *seed = &seeds[(first + i) % seeds.size()];
      if (seed->bytes.size() > weightLimit && i % 8)
        seed = &seeds[(first + i * 7) % seeds.size()];
      if (seed->bytes.size() > weightLimit && i % 16)
        seed = &seeds.front();
      std::string mutant = mutator.mutate(seed->bytes);
      auto start = std::chrono::steady_clock::now();
      // The last line before a crash is the recipe.
      std::fprintf(stderr, "\rmutant of %s, TENON_MUTANT_SEED=%llu TENON_MUTANTS=1   ", seed->name.c_str(),
                   (unsigned long long)(first + i));
      ASSERT_TRUE(importBytes(*context, mutant)) << "seed " << first + i << " of " << seed->name;
      ASSERT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << "seed " << first + i << " of " << seed->name;
    }
    std::fprintf(stderr, "\n");
    if (!fromEnvironment("TENON_SANITIZED", 0))
      EXPECT_LT(peakBytes() - before, size_t(256) << 20);
  }

  std::string python;
  std::vector<Seed> light;
};
} // namespace

TEST_F(Mutants, SeedsAreAccepted) {
  for (const Seed &seed : light) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    std::vector<ImportProblem> problems;
    auto module = importOnnx(context, llvm::MemoryBuffer::getMemBufferCopy(seed.bytes), "", {}, problems);
    EXPECT_TRUE(module) << seed.name << ": " << (problems.empty() ? "" : problems.front().str());
  }
}

TEST_F(Mutants, OfLightModels) { run(light, fromEnvironment("TENON_MUTANTS", 5000), 40000); }

TEST_F(Mutants, OfOps) {
  std::string folder = testing::TempDir() + "/tenon-op-seeds";
  outputOf(python + " " TENON_TEST_SOURCE "/Inputs/text_to_onnx.py --all " TENON_TEST_SOURCE " " + folder);
  std::vector<Seed> seeds = readFolder(folder);
  ASSERT_GT(seeds.size(), 20u);
  run(seeds, fromEnvironment("TENON_MUTANTS", 10000), 1 << 20);
}
