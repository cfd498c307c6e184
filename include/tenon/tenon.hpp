// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// C++17 over the C ABI of tenon.h: owners that release themselves, and errors as exceptions. Header only; it needs exceptions and
// links libtenon_runtime.so. What a function means, and its errors, are in tenon.h.
//
//   tenon::Engine engine = tenon::Engine::open("model.tenon");
//   tenon::Context context(engine);
//   context.copyInput(0, std::vector<float>(1 * 3 * 224 * 224), {1, 3, 224, 224});
//   context.run();
//   std::vector<float> scores = context.output(0).copy<float>();
#ifndef TENON_TENON_HPP
#define TENON_TENON_HPP

#include "tenon/tenon.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tenon {

/// A status that was not success.
class Error : public std::runtime_error {
public:
  /// Takes over `status`.
  explicit Error(tenon_status *status) : std::runtime_error(tenon_status_message(status)), number(tenon_status_code(status)) {
    tenon_status_release(status);
  }
  Error(tenon_code code, const std::string &message) : std::runtime_error(message), number(code) {}

  tenon_code code() const { return number; }

private:
  tenon_code number;
};

/// Throws Error unless `status` is NULL; releases it.
inline void check(tenon_status *status) {
  if (status)
    throw Error(status);
}

/// The element type of a C++ type, for example elementType<float>() == TENON_F32. bool and the 16-bit and 8-bit floats have none: name
/// theirs.
template <typename T> constexpr tenon_type elementType();
template <> constexpr tenon_type elementType<float>() { return TENON_F32; }
template <> constexpr tenon_type elementType<double>() { return TENON_F64; }
template <> constexpr tenon_type elementType<int8_t>() { return TENON_I8; }
template <> constexpr tenon_type elementType<int16_t>() { return TENON_I16; }
template <> constexpr tenon_type elementType<int32_t>() { return TENON_I32; }
template <> constexpr tenon_type elementType<int64_t>() { return TENON_I64; }
template <> constexpr tenon_type elementType<uint8_t>() { return TENON_U8; }
template <> constexpr tenon_type elementType<uint16_t>() { return TENON_U16; }
template <> constexpr tenon_type elementType<uint32_t>() { return TENON_U32; }
template <> constexpr tenon_type elementType<uint64_t>() { return TENON_U64; }

/// A processor and its threads.
class Device {
public:
  /// The CPU with `threads` threads; 0: as many as this process may use.
  static Device cpu(uint32_t threads = 0) {
    tenon_device_options options = {};
    options.size = sizeof(options);
    options.kind = TENON_CPU;
    options.threads = threads;
    tenon_device *device;
    check(tenon_device_create(&options, &device));
    return Device(device);
  }
  /// GPU number `ordinal`.
  static Device cuda(int32_t ordinal = 0) {
    tenon_device_options options = {};
    options.size = sizeof(options);
    options.kind = TENON_CUDA;
    options.ordinal = ordinal;
    tenon_device *device;
    check(tenon_device_create(&options, &device));
    return Device(device);
  }
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;
  Device(Device &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Device &operator=(Device &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Device() { tenon_device_release(handle); }

  /// Threads that run kernels; of a GPU its multiprocessors.
  uint32_t threads() const { return tenon_device_threads(handle); }
  tenon_device *get() const { return handle; }

private:
  explicit Device(tenon_device *handle) : handle(handle) {}
  tenon_device *handle;
};

/// What an engine declares about an input or output.
struct TensorInfo {
  std::string name;
  tenon_type type;
  std::vector<int64_t> dims;         // -1 where the size depends on the inputs
  std::vector<std::string> dimNames; // one per dim, as the model spells it; "" where it gives a number or nothing
  bool dataDependent;                // outputs: the shape is known only after a run
};

/// An opened engine: immutable, usable from any thread.
class Engine {
public:
  /// Maps a file. `device` may be released before the engine.
  static Engine open(const std::string &path, const Device *device = nullptr) {
    tenon_open_options options = {sizeof(options), device ? device->get() : nullptr, 0};
    tenon_engine *engine;
    check(tenon_engine_open_file(path.c_str(), &options, &engine));
    return Engine(engine);
  }
  /// Copies `bytes` bytes of memory.
  static Engine openMemory(const void *data, size_t bytes, const Device *device = nullptr) {
    tenon_open_options options = {sizeof(options), device ? device->get() : nullptr, 0};
    tenon_engine *engine;
    check(tenon_engine_open_memory(data, bytes, &options, &engine));
    return Engine(engine);
  }
  Engine(const Engine &) = delete;
  Engine &operator=(const Engine &) = delete;
  Engine(Engine &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Engine &operator=(Engine &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Engine() { tenon_engine_release(handle); }

  size_t numInputs() const { return tenon_engine_num_inputs(handle); }
  size_t numOutputs() const { return tenon_engine_num_outputs(handle); }
  /// What the model declares of input or output number `index`; throws Error (TENON_INVALID_ARGUMENT) if there is none.
  TensorInfo input(size_t index) const { return describe(tenon_engine_input, index); }
  TensorInfo output(size_t index) const { return describe(tenon_engine_output, index); }
  /// Index by name; throws Error if there is none.
  size_t findInput(const std::string &name) const { return found(tenon_engine_find_input(handle, name.c_str()), "input", name); }
  size_t findOutput(const std::string &name) const { return found(tenon_engine_find_output(handle, name.c_str()), "output", name); }
  /// JSON of what the compiler did.
  std::string report() const {
    tenon_engine_info info = {};
    info.size = sizeof(info);
    check(tenon_engine_describe(handle, &info));
    return info.report;
  }
  tenon_engine *get() const { return handle; }

private:
  explicit Engine(tenon_engine *handle) : handle(handle) {}

  TensorInfo describe(tenon_status *(*query)(const tenon_engine *, size_t, tenon_tensor_info *), size_t index) const {
    tenon_tensor_info info = {};
    info.size = sizeof(info);
    check(query(handle, index, &info));
    TensorInfo result = {info.name, info.type, std::vector<int64_t>(info.dims, info.dims + info.rank), {}, info.data_dependent != 0};
    for (uint32_t axis = 0; axis < info.rank; ++axis)
      result.dimNames.emplace_back(info.dim_names[axis]);
    return result;
  }
  static size_t found(int64_t index, const char *what, const std::string &name) {
    if (index < 0)
      throw Error(TENON_INVALID_ARGUMENT, std::string("there is no ") + what + " '" + name + "'");
    return size_t(index);
  }
  tenon_engine *handle;
};

/// An output after a run: row-major and contiguous. Borrowed from its context until that's next run, prepare or release, or the caller's
/// memory if it was bound.
struct OutputView {
  void *data;   // host memory, or the device's if that was asked for
  size_t bytes; // of all elements
  tenon_type type;
  std::vector<int64_t> dims; // elements, outermost first

  /// The elements in row-major order, of `data` in host memory; throws Error (TENON_WRONG_TYPE) if the tensor has another type.
  template <typename T> std::vector<T> copy() const {
    if (type != elementType<T>())
      throw Error(TENON_WRONG_TYPE, std::string("expected ") + tenon_type_name(elementType<T>()) + ", got " + tenon_type_name(type));
    std::vector<T> values(bytes / sizeof(T));
    if (!values.empty())
      std::memcpy(values.data(), data, values.size() * sizeof(T));
    return values;
  }
};

/// One execution at a time; use it from one thread at a time.
class Context {
public:
  explicit Context(const Engine &engine) { check(tenon_context_create(engine.get(), nullptr, &handle)); }
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;
  Context(Context &&other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Context &operator=(Context &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Context() { tenon_context_release(handle); }

  /// Copies now; `values` has the elements of `dims`, row-major. Throws Error if type, rank, dims or their number do not fit the input.
  template <typename T> void copyInput(size_t index, const std::vector<T> &values, const std::vector<int64_t> &dims) {
    tenon_tensor tensor = describe(values.data(), values.size() * sizeof(T), elementType<T>(), dims);
    check(tenon_context_copy_input(handle, index, &tensor));
  }
  /// Uses the caller's memory of `bytes` bytes, row-major, which stays alive and is read at each run. Errors as for copyInput.
  void bindInput(size_t index, const void *data, size_t bytes, tenon_type type, const std::vector<int64_t> &dims,
                 tenon_memory memory = TENON_HOST) {
    tenon_tensor tensor = describe(data, bytes, type, dims);
    tensor.memory = memory;
    check(tenon_context_bind_input(handle, index, &tensor));
  }
  /// Lets an output be written to the caller's memory of `bytes` bytes at each run, row-major in the declared type; it must hold the
  /// output, else the run throws Error (TENON_WRONG_SHAPE). NULL: the context owns the output again.
  void bindOutput(size_t index, void *data, size_t bytes, tenon_memory memory = TENON_HOST) {
    check(tenon_context_bind_output_memory(handle, index, memory, data, bytes));
  }
  /// Plans and allocates for the shapes of the bound inputs.
  void prepare() { check(tenon_context_prepare(handle, nullptr, 0)); }
  /// The same for shapes that need no bound inputs: `shapes` has the dims of every input, in the engine's order. Throws Error if they do
  /// not fit the engine or each other.
  void prepare(const std::vector<std::vector<int64_t>> &shapes) {
    std::vector<tenon_shape> entries;
    for (const std::vector<int64_t> &dims : shapes)
      entries.push_back({sizeof(tenon_shape), uint32_t(dims.size()), dims.data()});
    check(tenon_context_prepare(handle, entries.data(), entries.size()));
  }
  /// Runs once and returns when the outputs are written. All inputs must be bound. Throws Error: a missing input (TENON_INVALID_STATE),
  /// dims that do not fit (TENON_WRONG_SHAPE), a condition of the model that does not hold (TENON_GUARD_FAILED), and what else tenon.h
  /// names.
  void run() { check(tenon_context_run(handle, nullptr)); }
  /// Enqueues a run in a CUDA stream and returns; bound memory belongs to the run until `wait`, or until the stream is done.
  void run(void *stream) {
    tenon_run_options options = {};
    options.size = sizeof(options);
    options.stream = stream;
    check(tenon_context_run(handle, &options));
  }
  /// Returns when the runs of this context are done; throws Error (TENON_DEVICE_LOST) if a kernel of them failed.
  void wait() { check(tenon_context_wait(handle)); }
  /// Output number `index` where the host can read it (this waits for the run), or (TENON_DEVICE) where it is, there once the run is done.
  /// Throws Error (TENON_INVALID_STATE) before a run, and for an index out of range.
  OutputView output(size_t index, tenon_memory memory = TENON_HOST) {
    tenon_tensor tensor = {};
    tensor.size = sizeof(tensor);
    tensor.memory = memory;
    check(tenon_context_output(handle, index, &tensor));
    return {tensor.data, tensor.bytes, tensor.type, std::vector<int64_t>(tensor.dims, tensor.dims + tensor.rank)};
  }
  tenon_context *get() const { return handle; }

private:
  static tenon_tensor describe(const void *data, size_t bytes, tenon_type type, const std::vector<int64_t> &dims) {
    return {sizeof(tenon_tensor), const_cast<void *>(data), bytes, type, uint32_t(dims.size()), dims.data(), nullptr, TENON_HOST};
  }
  tenon_context *handle = nullptr;
};

} // namespace tenon

#endif // TENON_TENON_HPP
