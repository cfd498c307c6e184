// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that end well, end badly, do not end, and are not there.
#include "lib/Support/Program.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>

using namespace tenon;

namespace {

ProgramResult shell(llvm::StringRef script, unsigned seconds = 0, const Cancellation *cancellation = nullptr) {
  return runProgram("sh", {"-c", script}, seconds, cancellation);
}

TEST(Program, GivesExitCodeAndWhatItPrints) {
  ProgramResult result = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(result.code, 7);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  result = shell("true");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.output + result.errors, "");
}

TEST(Program, HandsOnArgumentsAsTheyAre) {
  ProgramResult result = runProgram("printf", {"%s|", "a b", "", "$HOME", "'\""}, 0);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.output, "a b||$HOME|'\"|");
}

TEST(Program, ReadsMoreThanAPipeHolds) {
  ProgramResult result = shell("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.output.size(), 1000000u);
  EXPECT_EQ(result.errors.size(), 1000000u);
}

TEST(Program, HasNoInput) { EXPECT_EQ(shell("cat").code, 0); }

TEST(Program, SaysWhyItCannotStart) {
  ProgramResult result = runProgram("tenon-no-such-program", {}, 0);
  EXPECT_EQ(result.code, -1);
  EXPECT_EQ(result.errors, "No such file or directory");
  result = runProgram("/no/such/program", {}, 0);
  EXPECT_EQ(result.code, -1);
  EXPECT_NE(result.errors.find("No such file or directory"), std::string::npos) << result.errors;
  result = runProgram("/dev/null", {}, 0);
  EXPECT_EQ(result.code, -1);
  EXPECT_NE(result.errors.find("Permission denied"), std::string::npos) << result.errors;
}

TEST(Program, TellsACrash) {
  ProgramResult result = shell("echo before; kill -SEGV $$");
  EXPECT_EQ(result.code, -2);
  EXPECT_EQ(result.output, "before\n");
  EXPECT_NE(result.errors, "");
}

TEST(Program, IsKilledAfterItsTime) {
  ProgramResult result = shell("echo before; exec sleep 600", 1);
  EXPECT_EQ(result.code, -2);
  EXPECT_EQ(result.output, "before\n");
  EXPECT_EQ(result.errors, "it ran past its time");
}

TEST(Program, IsKilledWhenCancelled) {
  Cancellation cancellation;
  std::thread other([&] { cancellation.request(); });
  ProgramResult result = shell("exec sleep 600", 0, &cancellation);
  other.join();
  EXPECT_EQ(result.code, -2);
  EXPECT_EQ(result.errors, "cancelled");
}

TEST(Program, IgnoresACancellationThatNobodyRequests) {
  Cancellation cancellation;
  EXPECT_EQ(shell("exit 3", 600, &cancellation).code, 3);
}

TEST(Program, FindsPython) {
  const char *given = std::getenv("TENON_PYTHON");
  std::string before = given ? given : "";
  setenv("TENON_PYTHON", "/some/python", 1);
  EXPECT_EQ(pythonProgram("mine"), "mine");
  EXPECT_EQ(pythonProgram(""), "/some/python");
  setenv("TENON_PYTHON", "", 1);
  EXPECT_EQ(pythonProgram(""), "python3");
  unsetenv("TENON_PYTHON");
  EXPECT_EQ(pythonProgram(""), "python3");
  if (given)
    setenv("TENON_PYTHON", before.c_str(), 1);
}

} // namespace
