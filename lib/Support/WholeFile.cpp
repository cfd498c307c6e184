// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Support/WholeFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace tenon;

static Error cannotWrite(StringRef path, std::error_code code) {
  return createStringError(code, "cannot write '%s': %s", path.str().c_str(), code.message().c_str());
}

Expected<std::unique_ptr<WholeFile>> WholeFile::create(StringRef path) {
  std::unique_ptr<WholeFile> file(new WholeFile());
  file->path = path.str();
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) && status.type() != sys::fs::file_type::regular_file) {
    file->descriptor = sys::RetryAfterSignal(-1, ::open, file->path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file->descriptor < 0)
      return cannotWrite(path, std::error_code(errno, std::generic_category()));
    return file;
  }
  SmallString<128> temporary;
  // In the same folder: a rename must not cross file systems.
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%%%.tmp", file->descriptor, temporary))
    return cannotWrite(path, code);
  file->temporary = temporary.str().str();
  return file;
}

WholeFile::~WholeFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!temporary.empty())
    sys::fs::remove(temporary);
}

void WholeFile::write(const void *data, size_t bytes) {
  const char *from = static_cast<const char *>(data);
  while (bytes > 0 && !error) {
    ssize_t written = sys::RetryAfterSignal(-1, ::write, descriptor, from, bytes);
    if (written < 0) {
      error = std::error_code(errno, std::generic_category());
      return;
    }
    from += written;
    bytes -= written;
  }
}

void WholeFile::rewriteStart(const void *data, size_t bytes) {
  if (!error && ::pwrite(descriptor, data, bytes, 0) != static_cast<ssize_t>(bytes))
    error = std::error_code(errno, std::generic_category());
}

Error WholeFile::commit() {
  if (!error && !temporary.empty())
    error = sys::fs::setPermissions(temporary, static_cast<sys::fs::perms>(0644));
  if (!error && !temporary.empty())
    error = sys::fs::rename(temporary, path);
  if (error)
    return cannotWrite(path, error);
  temporary.clear();
  return Error::success();
}

Error tenon::writeWholeFile(StringRef path, ArrayRef<StringRef> parts) {
  Expected<std::unique_ptr<WholeFile>> file = WholeFile::create(path);
  if (!file)
    return file.takeError();
  for (StringRef part : parts)
    (*file)->write(part.data(), part.size());
  return (*file)->commit();
}
