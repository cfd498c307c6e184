// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file appears whole or not at all: whatever fails, what was there before is there after, and nothing beside it.
#include "lib/Support/WholeFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tenon;
using llvm::StringRef;

namespace {

/// A folder of its own for each test, and errors as text: "" is success.
class WholeFileTest : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("whole-file", folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(StringRef name) const { return (folder + "/" + name).str(); }
  static std::string read(StringRef path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "(no file)";
  }
  /// Names of what is in the folder, sorted.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator at(folder, error), end; at != end && !error; at.increment(error))
      names.push_back(StringRef(at->path()).drop_front(folder.size() + 1).str());
    llvm::sort(names);
    return names;
  }
  static std::string write(StringRef path, StringRef text) { return llvm::toString(writeWholeFile(path, {text})); }

  llvm::SmallString<128> folder;
};

using Names = std::vector<std::string>;

/// Files of this process may not grow beyond `bytes`, as on a disk that is full from there on.
class SizeLimit {
public:
  explicit SizeLimit(rlim_t bytes) : handler(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit limit = {bytes, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
  }

private:
  void (*handler)(int);
  rlimit before;
};

/// Root may write everywhere: for a time it is somebody else.
class WithoutPrivileges {
public:
  WithoutPrivileges() { EXPECT_EQ(isRoot ? seteuid(65534) : 0, 0); }
  ~WithoutPrivileges() { EXPECT_EQ(isRoot ? seteuid(0) : 0, 0); }

private:
  bool isRoot = geteuid() == 0;
};

TEST_F(WholeFileTest, AppearsWhenItIsCommitted) {
  auto file = WholeFile::create(path("a"));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  (*file)->write("....rest", 8);
  (*file)->write("", 0);
  (*file)->rewriteStart("head", 4);
  EXPECT_EQ(read(path("a")), "(no file)");
  EXPECT_EQ(llvm::toString((*file)->commit()), "");
  file->reset();
  EXPECT_EQ(read(path("a")), "headrest");
  EXPECT_EQ(list(), Names{"a"});
  struct stat status;
  ASSERT_EQ(stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644u);
}

TEST_F(WholeFileTest, WritesPartsInTheirOrder) {
  EXPECT_EQ(llvm::toString(writeWholeFile(path("a"), {"one ", "", "two"})), "");
  EXPECT_EQ(read(path("a")), "one two");
  EXPECT_EQ(write(path("a"), "new"), "");
  EXPECT_EQ(read(path("a")), "new");
}

TEST_F(WholeFileTest, LeavesNothingWithoutCommit) {
  ASSERT_EQ(write(path("a"), "old"), "");
  auto file = WholeFile::create(path("a"));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  (*file)->write("new", 3);
  file->reset();
  EXPECT_EQ(read(path("a")), "old");
  EXPECT_EQ(list(), Names{"a"});
}

TEST_F(WholeFileTest, KeepsTheOldFileWhenTheDiskIsFull) {
  ASSERT_EQ(write(path("a"), "old"), "");
  {
    SizeLimit limit(4096);
    std::string text(10000, 'x');
    EXPECT_EQ(write(path("a"), text), "cannot write '" + path("a") + "': File too large");
    EXPECT_EQ(write(path("b"), text), "cannot write '" + path("b") + "': File too large");
    EXPECT_EQ(write(path("c"), StringRef(text).take_front(4096)), "");
  }
  EXPECT_EQ(read(path("a")), "old");
  EXPECT_EQ(list(), (Names{"a", "c"}));
}

TEST_F(WholeFileTest, ReportsTheFirstOfSeveralFailures) {
  auto file = WholeFile::create(path("a"));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  {
    SizeLimit limit(2);
    (*file)->write("abcd", 4);
  }
  // The disk has room again, but bytes are missing.
  (*file)->write("ef", 2);
  (*file)->rewriteStart("x", 1);
  EXPECT_EQ(llvm::toString((*file)->commit()), "cannot write '" + path("a") + "': File too large");
  file->reset();
  EXPECT_EQ(list(), Names{});
}

TEST_F(WholeFileTest, WritesInPlaceWhatIsNoRegularFile) {
  EXPECT_EQ(write("/dev/null", "gone"), "");
  EXPECT_TRUE(llvm::sys::fs::exists("/dev/null") && !llvm::sys::fs::is_regular_file("/dev/null"));
  EXPECT_EQ(write("/dev/full", "text"), "cannot write '/dev/full': No space left on device");
  EXPECT_EQ(write(folder, "text"), "cannot write '" + folder.str().str() + "': Is a directory");
}

TEST_F(WholeFileTest, NeedsAFolder) {
  EXPECT_EQ(write(path("no/a"), "text"), "cannot write '" + path("no/a") + "': No such file or directory");
  ASSERT_EQ(write(path("file"), "text"), "");
  EXPECT_EQ(write(path("file/a"), "text"), "cannot write '" + path("file/a") + "': Not a directory");
  EXPECT_EQ(list(), Names{"file"});
}

TEST_F(WholeFileTest, NeedsPermission) {
  ASSERT_EQ(write(path("a"), "old"), "");
  ASSERT_EQ(chmod(folder.c_str(), 0555), 0);
  {
    WithoutPrivileges somebody;
    EXPECT_EQ(write(path("a"), "new"), "cannot write '" + path("a") + "': Permission denied");
  }
  ASSERT_EQ(chmod(folder.c_str(), 0755), 0);
  EXPECT_EQ(read(path("a")), "old");
  EXPECT_EQ(list(), Names{"a"});
}

} // namespace
