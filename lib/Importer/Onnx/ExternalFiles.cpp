// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// External data is the part of a model that names files, so the kernel is asked to keep it inside the folder (openat2). Where it
// cannot (before Linux 5.6, or a sandbox that forbids the call), every component is opened by itself without following links.
#include "lib/Importer/Onnx/ExternalFiles.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace llvm;
using namespace tenon::onnx_importer;

namespace {
/// Owns a file descriptor.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }
};

Mapping mapDescriptor(int fd, const Twine &name, std::string &reason) {
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    reason = ("expected '" + name + "' to be a regular file").str();
    return nullptr;
  }
  auto buffer = MemoryBuffer::getOpenFile(fd, name, static_cast<uint64_t>(status.st_size), /*RequiresNullTerminator=*/false);
  if (!buffer) {
    reason = ("cannot map '" + name + "': " + buffer.getError().message()).str();
    return nullptr;
  }
  return std::move(*buffer);
}

/// Opens `path` component by component; a link anywhere fails with ELOOP or ENOTDIR.
int openWithoutLinks(int folder, StringRef path) {
  int current = dup(folder);
  SmallVector<StringRef> parts(sys::path::begin(path), sys::path::end(path));
  for (auto [i, part] : enumerate(parts)) {
    if (current < 0)
      return -1;
    int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (i + 1 < parts.size() ? O_DIRECTORY : 0);
    int next = openat(current, part.str().c_str(), flags);
    int error = errno;
    close(current);
    errno = error;
    current = next;
  }
  return current;
}

int openBeneath(int folder, StringRef path) {
  struct open_how how = {};
  // O_NONBLOCK: a FIFO must not make the open wait; it is refused afterwards as not a regular file.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long fd = syscall(SYS_openat2, folder, path.str().c_str(), &how, sizeof(how));
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EINVAL))
    return static_cast<int>(fd);
  return openWithoutLinks(folder, path);
}
} // namespace

Mapping tenon::onnx_importer::mapModelFile(StringRef path, std::string &reason) {
  Descriptor file(open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) {
    reason = ("cannot open '" + path + "': " + std::strerror(errno)).str();
    return nullptr;
  }
  return mapDescriptor(file.fd, path, reason);
}

ExternalFiles::~ExternalFiles() {
  if (folderFd >= 0)
    close(folderFd);
}

Mapping ExternalFiles::map(StringRef location, std::string &reason) {
  auto refuse = [&](const Twine &why) -> Mapping {
    reason = ("external data '" + location + "': " + why).str();
    return nullptr;
  };
  if (folder.empty())
    return refuse("a model in memory has no folder for external data");
  if (location.empty() || location.contains('\0'))
    return refuse("expected a file name");
  if (sys::path::is_absolute(location))
    return refuse("expected a path relative to the model's folder, got an absolute one");
  for (StringRef part : make_range(sys::path::begin(location), sys::path::end(location)))
    if (part == "..")
      return refuse("expected a path inside the model's folder, got one with '..'");
  auto known = files.find(location);
  if (known != files.end())
    return known->second;
  if (folderFd < 0)
    folderFd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Descriptor file(folderFd < 0 ? -1 : openBeneath(folderFd, location));
  if (file.fd < 0)
    return refuse(errno == ELOOP || errno == EXDEV ? "expected a file inside the model's folder, got a link" : std::strerror(errno));
  Mapping mapping = mapDescriptor(file.fd, location, reason);
  if (mapping)
    files[location] = mapping;
  return mapping;
}
