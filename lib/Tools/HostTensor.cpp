// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/HostTensor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstring>

using namespace llvm;
using namespace tenon::cli;

bool Problem::set(StringRef newCode, std::string newMessage) {
  code = newCode.str();
  message = std::move(newMessage);
  return false;
}

std::optional<size_t> tenon::cli::byteSize(tenon_type type, ArrayRef<int64_t> dims) {
  int64_t count = 1;
  // A zero dim makes the tensor empty, but the others must still be sizes.
  bool empty = is_contained(dims, 0);
  for (int64_t dim : dims) {
    std::optional<int64_t> product = dim < 0 ? std::nullopt : checkedMul(count, std::max<int64_t>(dim, 1));
    if (!product)
      return std::nullopt;
    count = *product;
  }
  std::optional<int64_t> bits = checkedMul(count, static_cast<int64_t>(tenon_type_bits(type)));
  if (!bits || *bits > INT64_MAX - 7)
    return std::nullopt;
  return empty ? 0 : static_cast<size_t>((*bits + 7) / 8);
}

bool HostTensor::allocate(Problem &problem) {
  std::optional<size_t> size = byteSize(type, dims);
  if (!size)
    return problem.set("wrong-shape", formatv("dims {0} are not the size of a tensor", dimsText(dims)));
  // At least one byte, so that an empty tensor has an address.
  size_t rounded = (std::max<size_t>(*size, 1) + 63) / 64 * 64;
  data.reset(rounded < *size ? nullptr : static_cast<char *>(std::aligned_alloc(64, rounded)));
  if (!data)
    return problem.set("out-of-memory", formatv("no memory for {0} bytes", *size));
  bytes = *size;
  return true;
}

int64_t HostTensor::numElements() const {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

tenon_tensor HostTensor::view() const {
  tenon_tensor tensor = {};
  tensor.size = sizeof(tensor);
  tensor.data = data.get();
  tensor.bytes = bytes;
  tensor.type = type;
  tensor.rank = static_cast<uint32_t>(dims.size());
  tensor.dims = dims.data();
  return tensor;
}

std::string HostTensor::typeText() const { return formatv("{0}[{1}]", tenon_type_name(type), dimsText(dims)); }

std::string tenon::cli::dimsText(ArrayRef<int64_t> dims) {
  if (dims.empty())
    return "scalar";
  std::string text;
  for (int64_t dim : dims)
    text += (text.empty() ? "" : "x") + (dim < 0 ? std::string("?") : std::to_string(dim));
  return text;
}

static const fltSemantics &semanticsOf(tenon_type type) {
  switch (type) {
  case TENON_F16:
    return APFloat::IEEEhalf();
  case TENON_BF16:
    return APFloat::BFloat();
  case TENON_F8E4M3FN:
    return APFloat::Float8E4M3FN();
  default:
    return APFloat::Float8E5M2();
  }
}

template <typename T> static double load(const char *data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

double tenon::cli::elementAsDouble(const HostTensor &tensor, int64_t index) {
  const char *data = tensor.data.get();
  switch (tensor.type) {
  case TENON_F32:
    return load<float>(data, index);
  case TENON_F64:
    return load<double>(data, index);
  case TENON_I8:
    return load<int8_t>(data, index);
  case TENON_I16:
    return load<int16_t>(data, index);
  case TENON_I32:
    return load<int32_t>(data, index);
  case TENON_I64:
    return load<int64_t>(data, index);
  case TENON_U8:
  case TENON_BOOL:
    return load<uint8_t>(data, index);
  case TENON_U16:
    return load<uint16_t>(data, index);
  case TENON_U32:
    return load<uint32_t>(data, index);
  case TENON_U64:
    return load<uint64_t>(data, index);
  default:
    break;
  }
  const fltSemantics &semantics = semanticsOf(tensor.type);
  unsigned bits = APFloat::getSizeInBits(semantics);
  uint64_t raw = bits == 16 ? static_cast<uint64_t>(load<uint16_t>(data, index)) : static_cast<uint64_t>(load<uint8_t>(data, index));
  return APFloat(semantics, APInt(bits, raw)).convertToDouble();
}

uint64_t tenon::cli::bitsFromDouble(tenon_type type, double value) {
  APFloat number(value);
  bool lost;
  number.convert(semanticsOf(type), APFloat::rmNearestTiesToEven, &lost);
  return number.bitcastToAPInt().getZExtValue();
}

/// Raw bytes: type and dims are the engine's. One unknown dim follows from the file's size.
static bool readRaw(StringRef path, tenon_type type, ArrayRef<int64_t> dims, HostTensor &tensor, Problem &problem) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return problem.set("io-error", formatv("cannot read '{0}': {1}", path, file.getError().message()));
  tensor.type = type;
  tensor.dims.assign(dims.begin(), dims.end());
  size_t size = (*file)->getBufferSize();
  auto unknown = find_if(tensor.dims, [](int64_t dim) { return dim < 0; });
  if (unknown != tensor.dims.end()) {
    *unknown = 1;
    std::optional<size_t> slice = byteSize(type, tensor.dims);
    if (slice && *slice)
      *unknown = static_cast<int64_t>(size / *slice);
  }
  std::optional<size_t> needed = byteSize(type, tensor.dims);
  if (!needed || *needed != size)
    return problem.set("wrong-shape", formatv("'{0}' has {1} bytes, expected those of {2}; fix unknown dims with --shapes", path, size,
                                              tensor.typeText()));
  if (!tensor.allocate(problem))
    return false;
  std::memcpy(tensor.data.get(), (*file)->getBufferStart(), size);
  return true;
}

bool tenon::cli::readTensor(StringRef path, tenon_type expected, ArrayRef<int64_t> expectedDims, HostTensor &tensor, Problem &problem) {
  if (path.ends_with(".npy"))
    return readNpy(path, expected, tensor, problem);
  if (path.ends_with(".pb"))
    return readTensorProto(path, tensor, problem);
  if (path.ends_with(".bin"))
    return readRaw(path, expected, expectedDims, tensor, problem);
  return problem.set("usage", formatv("expected a file that ends in .npy, .pb or .bin, got '{0}'", path));
}
