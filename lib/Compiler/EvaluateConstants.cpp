// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles @init through the same stages as a model and runs it through the same runtime. Its results are constants without bytes until the
// engine is written, which asks for one after the other: a few are in memory at a time, however large the model is.
//
// The code is made for x86-64-v3 on every host, so that an engine's weights do not depend on where it was built.
#include "lib/Compiler/EvaluateConstants.h"
#include "lib/Compiler/ProgramParts.h"

#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "dialects/Plan/IR/Plan.h"
#include "lib/Engine/ProgramWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/PassManager.h"
#include "tenon/tenon.h"

using namespace mlir;
using namespace tenon;

/// Results that are computed in one run, unless a single one is larger.
static constexpr int64_t kBatchBytes = int64_t(32) << 20;

namespace {
struct Release {
  void operator()(tenon_engine *engine) const { tenon_engine_release(engine); }
  void operator()(tenon_context *context) const { tenon_context_release(context); }
};
} // namespace

static LogicalResult check(tenon_status *status, Operation *op) {
  if (!status)
    return success();
  op->emitError("evaluation of constants failed: ") << tenon_status_message(status);
  tenon_status_release(status);
  return failure();
}

static int64_t bytesOf(RankedTensorType type) { return plan::elementBytes(type.getElementType()) * type.getNumElements(); }

static LogicalResult bindInput(tenon_context *context, unsigned index, ElementsAttr value, std::vector<std::vector<uint8_t>> &copies,
                               Operation *op) {
  auto type = cast<RankedTensorType>(value.getType());
  ArrayRef<char> data;
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (AsmResourceBlob *blob = resource ? resource.getRawHandle().getBlob() : nullptr) {
    data = blob->getData();
  } else {
    std::vector<uint8_t> &copy = copies.emplace_back();
    if (failed(engine::streamElements(value, [&](ArrayRef<uint8_t> bytes) { copy.insert(copy.end(), bytes.begin(), bytes.end()); })))
      return op->emitError("expected a constant with bytes");
    data = ArrayRef<char>(reinterpret_cast<const char *>(copy.data()), copy.size());
  }
  std::optional<engine::ElementType> element = engine::elementTypeOf(type.getElementType());
  if (!element)
    return op->emitError("expected an element type that engines know, got ") << type.getElementType();
  tenon_tensor tensor = {};
  tensor.size = sizeof(tensor);
  tensor.data = const_cast<char *>(data.data()); // inputs are only read
  tensor.bytes = data.size();
  tensor.type = static_cast<tenon_type>(*element);
  tensor.rank = type.getRank();
  tensor.dims = type.getShape().data();
  return check(tenon_context_bind_input(context, index, &tensor), op);
}

/// Runs the engine; gives the bytes of each result.
static FailureOr<SmallVector<AsmResourceBlob, 0>> runEngine(const std::string &bytes, ArrayRef<ElementsAttr> inputs,
                                                            ArrayRef<RankedTensorType> results, const Cancellation &cancellation,
                                                            Operation *op) {
  tenon_engine *rawEngine = nullptr;
  if (failed(check(tenon_engine_open_memory(bytes.data(), bytes.size(), nullptr, &rawEngine), op)))
    return failure();
  std::unique_ptr<tenon_engine, Release> engine(rawEngine);
  tenon_context *rawContext = nullptr;
  if (failed(check(tenon_context_create(rawEngine, nullptr, &rawContext), op)))
    return failure();
  std::unique_ptr<tenon_context, Release> context(rawContext);
  std::vector<std::vector<uint8_t>> copies;
  copies.reserve(inputs.size());
  for (auto [index, input] : llvm::enumerate(inputs))
    if (failed(bindInput(rawContext, index, input, copies, op)))
      return failure();
  SmallVector<AsmResourceBlob, 0> blobs;
  for (auto [index, type] : llvm::enumerate(results)) {
    int64_t size = bytesOf(type);
    blobs.push_back(HeapAsmResourceBlob::allocate(std::max<int64_t>(size, 1), 64));
    if (failed(check(tenon_context_bind_output(rawContext, index, blobs.back().getMutableData().data(), size), op)))
      return failure();
  }
  tenon_run_options options = {};
  options.size = sizeof(options);
  options.cancel = cancellation.getAddress();
  if (failed(check(tenon_context_run(rawContext, &options), op)))
    return failure();
  return blobs;
}

/// Lowers the module, whose main computes the constants, to a host program and its code.
LogicalResult DerivedConstants::compile(unsigned threads) {
  llvm::Expected<cpu::CpuTarget> target = cpu::CpuTarget::get("x86-64-v3");
  if (!target)
    return program->emitError(llvm::toString(target.takeError()));
  PipelineOptions options;
  options.vectorBytes = target->vectorBytes;
  options.vectorRegisters = target->vectorRegisters;
  PassManager pm(program->getContext());
  pm.enableVerifier(false);
  buildFusedPipeline(pm, options);
  buildLinalgPipeline(pm, options);
  buildKernelsPipeline(pm, options);
  if (failed(pm.run(*program)) || cancellation.isRequested())
    return failure();
  cpu::CompileOptions compile;
  compile.target = *target;
  compile.threads = threads;
  compile.cancellation = &cancellation;
  FailureOr<cpu::CodeBlob> blob = compileKernelModule(*program, compile, options);
  PassManager host(program->getContext());
  buildPlanPipeline(host, options);
  if (failed(blob) || failed(host.run(*program)) || cancellation.isRequested())
    return failure();
  code = engineCode(std::move(*blob), *target);
  return success();
}

/// Results that are computed in one run: what belongs together, and as much besides as fits into a batch.
void DerivedConstants::formBatches() {
  int64_t size = 0;
  for (ArrayRef<unsigned> outputs : findIndependentOutputs(program->lookupSymbol<func::FuncOp>("main"))) {
    int64_t more = 0;
    for (unsigned output : outputs)
      more += bytesOf(results[output]);
    if (batches.empty() || size + more > kBatchBytes) {
      batches.emplace_back();
      size = 0;
    }
    batches.back().append(outputs.begin(), outputs.end());
    size += more;
  }
  for (auto [index, batch] : llvm::enumerate(batches)) {
    llvm::sort(batch);
    for (unsigned output : batch)
      batchOf[output] = index;
  }
}

FailureOr<std::unique_ptr<DerivedConstants>> DerivedConstants::create(ModuleOp module, unsigned threads, const Cancellation &cancellation) {
  std::unique_ptr<DerivedConstants> derived(new DerivedConstants(cancellation));
  auto init = module.lookupSymbol<func::FuncOp>("init");
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!init || !main)
    return derived;
  for (unsigned i = 0; i < init.getNumArguments(); ++i) {
    auto value = init.getArgAttrOfType<ElementsAttr>(i, "infer.constant");
    if (!value)
      return init.emitError("expected a constant for argument ") << i;
    derived->inputs.push_back(value);
    init.removeArgAttr(i, "infer.constant");
  }
  for (Type type : init.getResultTypes())
    derived->results.push_back(cast<RankedTensorType>(type));
  derived->program = ModuleOp::create(module.getLoc());
  init->remove();
  init.setName("main");
  init.setPublic();
  derived->program->push_back(init);
  if (failed(derived->compile(threads)) || failed(derived->replaceArguments(module)))
    return failure();
  derived->formBatches();
  return derived;
}

/// Puts the results of @init in place of the arguments of a version that stand for them.
static LogicalResult replaceArguments(func::FuncOp version, ArrayRef<ElementsAttr> values) {
  OpBuilder builder = OpBuilder::atBlockBegin(&version.getBody().front());
  llvm::BitVector evaluated(version.getNumArguments());
  for (unsigned i = 0; i < version.getNumArguments(); ++i) {
    auto number = version.getArgAttrOfType<IntegerAttr>(i, "infer.init");
    if (!number)
      continue;
    if (number.getInt() < 0 || number.getInt() >= static_cast<int64_t>(values.size()))
      return version.emitError("expected argument ") << i << " to name a result of @init";
    BlockArgument argument = version.getArgument(i);
    argument.replaceAllUsesWith(infer::ConstantOp::create(builder, argument.getLoc(), argument.getType(), values[number.getInt()]));
    evaluated.set(i);
  }
  return version.eraseArguments(evaluated);
}

LogicalResult DerivedConstants::replaceArguments(ModuleOp module) {
  auto &manager = DenseResourceElementsHandle::getManagerInterface(module.getContext());
  SmallVector<ElementsAttr> values;
  for (auto [index, type] : llvm::enumerate(results)) {
    DenseResourceElementsHandle handle = manager.insert("init_" + std::to_string(index));
    numbers[handle.getKey()] = index;
    values.push_back(DenseResourceElementsAttr::get(type, handle));
  }
  for (func::FuncOp version : infer::versionsOf(module))
    if (failed(::replaceArguments(version, values)))
      return failure();
  return success();
}

LogicalResult DerivedConstants::run(ArrayRef<unsigned> batch) {
  ProgramPart part = extractPart(*program, batch);
  engine::EngineProgram source{*part.module, code};
  FailureOr<engine::EngineFacts> facts = engine::writeEngine(source, {}, [](Attribute, engine::ByteSink) { return failure(); });
  if (failed(facts))
    return failure();
  SmallVector<ElementsAttr> values = llvm::map_to_vector(part.inputs, [&](unsigned input) { return inputs[input]; });
  SmallVector<RankedTensorType> types = llvm::map_to_vector(part.outputs, [&](unsigned output) { return results[output]; });
  FailureOr<SmallVector<AsmResourceBlob, 0>> blobs = runEngine(facts->memory, values, types, cancellation, *program);
  if (failed(blobs))
    return failure();
  for (auto [output, blob] : llvm::zip_equal(part.outputs, *blobs))
    computed.insert_or_assign(output, std::move(blob));
  return success();
}

LogicalResult DerivedConstants::stream(Attribute constant, engine::ByteSink sink) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant);
  auto number = resource ? numbers.find(resource.getRawHandle().getKey()) : numbers.end();
  if (number == numbers.end())
    return failure();
  unsigned output = number->second;
  if (!computed.count(output) && failed(run(batches[batchOf.lookup(output)])))
    return failure();
  ArrayRef<char> data = computed.at(output).getData();
  sink({reinterpret_cast<const uint8_t *>(data.data()), static_cast<size_t>(bytesOf(results[output]))});
  computed.erase(output);
  return success();
}
