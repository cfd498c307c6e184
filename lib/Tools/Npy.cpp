// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// numpy's .npy files, versions 1 to 3 (numpy/lib/format.py): magic, header length, a Python dictionary as text, the data.
#include "lib/Support/WholeFile.h"
#include "lib/Tools/HostTensor.h"
#include "lib/Tools/WriteWhole.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

static constexpr StringLiteral magic("\x93NUMPY");

namespace {
struct TypeName {
  tenon_type type;
  StringLiteral descr;
};
/// What the dictionary's `descr` says; little-endian. numpy has no name for the others: ml_dtypes saves them as raw bytes, and float8_e5m2,
/// which is read both ways, under a name of its own.
constexpr TypeName typeNames[] = {{TENON_F32, "<f4"}, {TENON_F64, "<f8"}, {TENON_F16, "<f2"}, {TENON_I8, "|i1"},
                                  {TENON_I16, "<i2"}, {TENON_I32, "<i4"}, {TENON_I64, "<i8"}, {TENON_U8, "|u1"},
                                  {TENON_U16, "<u2"}, {TENON_U32, "<u4"}, {TENON_U64, "<u8"}, {TENON_BOOL, "|b1"}};
constexpr TypeName rawNames[] = {{TENON_BF16, "<V2"}, {TENON_F8E4M3FN, "|V1"}, {TENON_F8E5M2, "<f1"}, {TENON_F8E5M2, "|V1"}};

/// The dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
struct Header {
  StringRef descr;
  bool fortranOrder = false;
  SmallVector<int64_t> shape;
};
} // namespace

/// The text after "'key':", or "" if the key is missing.
static StringRef valueOf(StringRef dictionary, StringRef key) {
  size_t at = dictionary.find(("'" + key + "'").str());
  if (at == StringRef::npos)
    return "";
  StringRef rest = dictionary.drop_front(at + key.size() + 2).ltrim();
  return rest.consume_front(":") ? rest.ltrim() : "";
}

/// Reads "(2, 3)" at the start of `text`.
static bool parseShape(StringRef text, SmallVectorImpl<int64_t> &shape) {
  size_t end = text.find(')');
  if (!text.consume_front("(") || end == StringRef::npos)
    return false;
  SmallVector<StringRef> parts;
  text.take_front(end - 1).split(parts, ',');
  for (StringRef part : parts) {
    part = part.trim();
    int64_t dim;
    if (part.empty() && &part != parts.begin())
      continue; // "(2,)" and "()"
    if (part.getAsInteger(10, dim) || dim < 0 || shape.size() >= 64)
      return false;
    shape.push_back(dim);
  }
  return true;
}

static bool parseHeader(StringRef text, Header &header) {
  StringRef descr = valueOf(text, "descr");
  if (!descr.consume_front("'") || !descr.contains('\''))
    return false;
  header.descr = descr.take_until([](char c) { return c == '\''; });
  StringRef order = valueOf(text, "fortran_order");
  header.fortranOrder = order.starts_with("True");
  return (header.fortranOrder || order.starts_with("False")) && parseShape(valueOf(text, "shape"), header.shape);
}

/// Finds the type of a `descr`; raw bytes take the expected type if its size fits.
static std::optional<tenon_type> typeOf(StringRef descr, tenon_type expected) {
  // One-byte types are written with '|', some writers use '<'.
  auto same = [&](StringRef name) { return name.drop_front() == descr.drop_front(1) && (name[0] == '|' || descr[0] == name[0]); };
  if (descr.size() < 3)
    return std::nullopt;
  for (const TypeName &entry : typeNames)
    if (same(entry.descr))
      return entry.type;
  for (const TypeName &entry : rawNames)
    if (entry.type == expected && descr.drop_front() == entry.descr.drop_front())
      return entry.type;
  return std::nullopt;
}

/// Column-major data to row-major.
static void transposeInto(const char *from, HostTensor &tensor) {
  size_t width = tenon_type_bits(tensor.type) / 8;
  SmallVector<int64_t> index(tensor.dims.size(), 0);
  int64_t count = tensor.numElements();
  for (int64_t i = 0; i < count; ++i) {
    int64_t offset = 0, stride = 1;
    for (size_t axis = 0; axis < index.size(); ++axis) {
      offset += index[axis] * stride;
      stride *= tensor.dims[axis];
    }
    std::memcpy(tensor.data.get() + i * width, from + offset * width, width);
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < tensor.dims[axis])
        break;
      index[axis] = 0;
    }
  }
}

bool tenon::cli::readNpy(StringRef path, tenon_type expected, HostTensor &tensor, Problem &problem) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return problem.set("io-error", formatv("cannot read '{0}': {1}", path, file.getError().message()));
  StringRef content = (*file)->getBuffer();
  auto invalid = [&](const Twine &reason) {
    return problem.set("wrong-input", ("'" + path + "' is no .npy file that can be read: " + reason).str());
  };
  if (!content.consume_front(magic) || content.size() < 4)
    return invalid("expected it to start with \\x93NUMPY");
  unsigned major = static_cast<uint8_t>(content[0]), lengthBytes = major == 1 ? 2 : 4;
  if (major < 1 || major > 3 || content.size() < 2 + lengthBytes)
    return invalid("expected version 1, 2 or 3");
  size_t length = lengthBytes == 2 ? support::endian::read16le(content.data() + 2) : support::endian::read32le(content.data() + 2);
  content = content.drop_front(2 + lengthBytes);
  if (length > content.size())
    return invalid("its header is cut off");
  Header header;
  if (!parseHeader(content.take_front(length), header))
    return invalid("expected a dictionary with descr, fortran_order and shape");
  std::optional<tenon_type> type = typeOf(header.descr, expected);
  if (!type)
    return invalid("element type '" + header.descr + "' is not one of Tenon's, or big-endian");
  tensor.type = *type;
  tensor.dims = header.shape;
  content = content.drop_front(length);
  std::optional<size_t> size = byteSize(tensor.type, tensor.dims);
  if (!size || *size > content.size())
    return invalid(formatv("expected the data of {0}, got {1} bytes", tensor.typeText(), content.size()).str());
  if (!tensor.allocate(problem))
    return false;
  if (header.fortranOrder && tensor.dims.size() > 1)
    transposeInto(content.data(), tensor);
  else
    std::memcpy(tensor.data.get(), content.data(), tensor.bytes);
  return true;
}

bool tenon::cli::writeWhole(StringRef path, StringRef head, StringRef data, Problem &problem) {
  if (Error error = writeWholeFile(path, {head, data}))
    return problem.set("io-error", toString(std::move(error)));
  return true;
}

bool tenon::cli::writeNpy(StringRef path, const HostTensor &tensor, Problem &problem) {
  StringRef descr;
  for (const TypeName &entry : typeNames)
    if (entry.type == tensor.type)
      descr = entry.descr;
  for (const TypeName &entry : rawNames)
    if (entry.type == tensor.type)
      descr = entry.descr;
  if (descr.empty())
    return problem.set("wrong-type", formatv(".npy has no element type {0}; use --format=pb", tenon_type_name(tensor.type)));
  std::string dictionary = formatv("{{'descr': '{0}', 'fortran_order': False, 'shape': (", descr);
  for (int64_t dim : tensor.dims)
    dictionary += std::to_string(dim) + (tensor.dims.size() == 1 ? "," : ", ");
  if (tensor.dims.size() > 1)
    dictionary.resize(dictionary.size() - 2);
  dictionary += "), }";
  // numpy wants the data at a multiple of 64: magic, version, length, dictionary, spaces, newline.
  size_t total = (magic.size() + 4 + dictionary.size() + 1 + 63) / 64 * 64;
  dictionary.append(total - magic.size() - 4 - dictionary.size() - 1, ' ');
  dictionary += '\n';
  std::string head = magic.str() + '\x01' + '\0';
  head += static_cast<char>(dictionary.size() & 0xff);
  head += static_cast<char>(dictionary.size() >> 8);
  return writeWhole(path, head + dictionary, StringRef(tensor.data.get(), tensor.bytes), problem);
}
