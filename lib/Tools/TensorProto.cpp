// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's TensorProto files, as its test suites store inputs and outputs.
#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "lib/Tools/HostTensor.h"
#include "lib/Tools/WriteWhole.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstring>

using namespace llvm;
using namespace tenon::cli;
using onnx::TensorProto;

static std::optional<tenon_type> typeOf(int32_t dataType) {
  switch (dataType) {
  case TensorProto::FLOAT:
    return TENON_F32;
  case TensorProto::DOUBLE:
    return TENON_F64;
  case TensorProto::FLOAT16:
    return TENON_F16;
  case TensorProto::BFLOAT16:
    return TENON_BF16;
  case TensorProto::INT8:
    return TENON_I8;
  case TensorProto::INT16:
    return TENON_I16;
  case TensorProto::INT32:
    return TENON_I32;
  case TensorProto::INT64:
    return TENON_I64;
  case TensorProto::UINT8:
    return TENON_U8;
  case TensorProto::UINT16:
    return TENON_U16;
  case TensorProto::UINT32:
    return TENON_U32;
  case TensorProto::UINT64:
    return TENON_U64;
  case TensorProto::BOOL:
    return TENON_BOOL;
  case TensorProto::FLOAT8E4M3FN:
    return TENON_F8E4M3FN;
  case TensorProto::FLOAT8E5M2:
    return TENON_F8E5M2;
  case TensorProto::INT4:
    return TENON_I4;
  case TensorProto::UINT4:
    return TENON_U4;
  default:
    return std::nullopt;
  }
}

/// Copies a typed field, whose elements are wider than the tensor's for small types, as long as the number fits.
template <typename T, typename Field> static bool copyField(const Field &field, HostTensor &tensor) {
  if (field.size() != tensor.numElements())
    return false;
  for (int i = 0; i < field.size(); ++i) {
    T value = static_cast<T>(field.Get(i));
    std::memcpy(tensor.data.get() + sizeof(T) * i, &value, sizeof(T));
  }
  return true;
}

static bool copyTypedData(const TensorProto &proto, HostTensor &tensor) {
  switch (tensor.type) {
  case TENON_F32:
    return copyField<float>(proto.float_data(), tensor);
  case TENON_F64:
    return copyField<double>(proto.double_data(), tensor);
  case TENON_I64:
    return copyField<int64_t>(proto.int64_data(), tensor);
  case TENON_U32:
    return copyField<uint32_t>(proto.uint64_data(), tensor);
  case TENON_U64:
    return copyField<uint64_t>(proto.uint64_data(), tensor);
  case TENON_I4:
  case TENON_U4:
    return false;
  default:
    break;
  }
  switch (tenon_type_bits(tensor.type)) {
  case 8:
    return copyField<uint8_t>(proto.int32_data(), tensor);
  case 16:
    return copyField<uint16_t>(proto.int32_data(), tensor);
  case 32:
    return copyField<int32_t>(proto.int32_data(), tensor);
  default:
    return false;
  }
}

bool tenon::cli::readTensorProto(StringRef path, HostTensor &tensor, Problem &problem) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return problem.set("io-error", formatv("cannot read '{0}': {1}", path, file.getError().message()));
  auto invalid = [&](const Twine &reason) {
    return problem.set("wrong-input", ("'" + path + "' is no TensorProto that can be read: " + reason).str());
  };
  TensorProto proto;
  size_t size = (*file)->getBufferSize();
  if (size > INT32_MAX || !proto.ParseFromArray((*file)->getBufferStart(), static_cast<int>(size)))
    return invalid("the protobuf message is malformed or larger than 2 GiB");
  std::optional<tenon_type> type = typeOf(proto.data_type());
  if (!type)
    return invalid("element type number " + Twine(proto.data_type()) + " is not one of Tenon's");
  if (proto.data_location() == TensorProto::EXTERNAL)
    return invalid("its data is in another file");
  tensor.name = proto.name();
  tensor.type = *type;
  tensor.dims.assign(proto.dims().begin(), proto.dims().end());
  std::optional<size_t> bytes = byteSize(tensor.type, tensor.dims);
  bool raw = proto.has_raw_data();
  // A typed field needs at least one byte for an element, so the file bounds what is allocated.
  if (!bytes || (raw ? proto.raw_data().size() != *bytes : *bytes / 8 > size))
    return invalid(formatv("expected the data of {0}", tensor.typeText()).str());
  if (!tensor.allocate(problem))
    return false;
  if (raw)
    std::memcpy(tensor.data.get(), proto.raw_data().data(), *bytes);
  else if (!copyTypedData(proto, tensor))
    return invalid(formatv("expected the data of {0}", tensor.typeText()).str());
  return true;
}

bool tenon::cli::writeTensorProto(StringRef path, const HostTensor &tensor, Problem &problem) {
  TensorProto proto;
  for (int dataType = 1; dataType <= TensorProto::INT4; ++dataType)
    if (typeOf(dataType) == tensor.type)
      proto.set_data_type(dataType);
  proto.set_name(tensor.name);
  for (int64_t dim : tensor.dims)
    proto.add_dims(dim);
  if (tensor.bytes > INT32_MAX / 2)
    return problem.set("io-error", formatv("'{0}' would be larger than a TensorProto can be; use --format=npy", path));
  proto.set_raw_data(tensor.data.get(), tensor.bytes);
  std::string bytes;
  if (!proto.SerializeToString(&bytes))
    return problem.set("io-error", formatv("cannot write '{0}'", path));
  return writeWhole(path, bytes, "", problem);
}
