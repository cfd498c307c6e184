// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs @init once, at compile time, through the same stages and the same runtime as a model, and puts its results into @main as constants.
//
// The code is made for x86-64-v3 on every host, so that an engine's weights do not depend on where it was built.
#include "lib/Compiler/EvaluateConstants.h"
#include "lib/Compiler/Compilation.h"

#include "dialects/Infer/IR/Infer.h"
#include "lib/Engine/ProgramWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "tenon/tenon.h"

using namespace mlir;
using namespace tenon;

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

/// The engine of a module whose main computes the constants.
static FailureOr<std::string> buildEngine(ModuleOp program, unsigned threads) {
  llvm::Expected<cpu::CpuTarget> target = cpu::CpuTarget::get("x86-64-v3");
  if (!target)
    return program.emitError(llvm::toString(target.takeError()));
  PipelineOptions options;
  options.vectorBytes = target->vectorBytes;
  options.vectorRegisters = target->vectorRegisters;
  PassManager pm(program->getContext());
  pm.enableVerifier(false);
  buildFusedPipeline(pm, options);
  buildLinalgPipeline(pm, options);
  buildKernelsPipeline(pm, options);
  if (failed(pm.run(program)))
    return failure();
  cpu::CompileOptions compile;
  compile.target = *target;
  compile.threads = threads;
  FailureOr<cpu::CodeBlob> code = compileKernelModule(program, compile, options);
  PassManager host(program->getContext());
  buildPlanPipeline(host, options);
  if (failed(code) || failed(host.run(program)))
    return failure();
  engine::EngineCode targets = engineCode(std::move(*code), *target);
  FailureOr<engine::EngineFacts> facts =
      engine::writeEngine(engine::EngineProgram{program, targets}, {}, [](Attribute, engine::ByteSink) { return failure(); });
  if (failed(facts))
    return failure();
  return std::move(facts->memory);
}

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

/// Runs the engine; gives each result as a resource of its own.
static FailureOr<SmallVector<ElementsAttr>> runEngine(const std::string &bytes, ArrayRef<ElementsAttr> inputs, TypeRange results,
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
    auto tensor = cast<RankedTensorType>(type);
    size_t size = llvm::divideCeil(tensor.getElementTypeBitWidth(), 8) * tensor.getNumElements();
    blobs.push_back(HeapAsmResourceBlob::allocate(std::max<size_t>(size, 1), 64));
    if (failed(check(tenon_context_bind_output(rawContext, index, blobs.back().getMutableData().data(), size), op)))
      return failure();
  }
  if (failed(check(tenon_context_run(rawContext, nullptr), op)))
    return failure();
  SmallVector<ElementsAttr> values;
  for (auto [index, type] : llvm::enumerate(results))
    values.push_back(
        DenseResourceElementsAttr::get(cast<RankedTensorType>(type), "init_" + std::to_string(index), std::move(blobs[index])));
  return values;
}

LogicalResult tenon::evaluateConstants(ModuleOp module, unsigned threads) {
  auto init = module.lookupSymbol<func::FuncOp>("init");
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!init || !main)
    return success();
  SmallVector<ElementsAttr> inputs;
  for (unsigned i = 0; i < init.getNumArguments(); ++i) {
    auto value = init.getArgAttrOfType<ElementsAttr>(i, "infer.constant");
    if (!value)
      return init.emitError("expected a constant for argument ") << i;
    inputs.push_back(value);
    init.removeArgAttr(i, "infer.constant");
  }
  SmallVector<Type> results(init.getResultTypes());
  OwningOpRef<ModuleOp> program = ModuleOp::create(module.getLoc());
  init->remove();
  init.setName("main");
  init.setPublic();
  program->push_back(init);

  FailureOr<std::string> bytes = buildEngine(*program, threads);
  if (failed(bytes))
    return failure();
  FailureOr<SmallVector<ElementsAttr>> values = runEngine(*bytes, inputs, results, main);
  if (failed(values))
    return failure();

  OpBuilder builder = OpBuilder::atBlockBegin(&main.getBody().front());
  llvm::BitVector evaluated(main.getNumArguments());
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    auto number = main.getArgAttrOfType<IntegerAttr>(i, "infer.init");
    if (!number)
      continue;
    if (number.getInt() < 0 || number.getInt() >= static_cast<int64_t>(values->size()))
      return main.emitError("expected argument ") << i << " to name a result of @init";
    BlockArgument argument = main.getArgument(i);
    auto constant = infer::ConstantOp::create(builder, argument.getLoc(), argument.getType(), (*values)[number.getInt()]);
    argument.replaceAllUsesWith(constant);
    evaluated.set(i);
  }
  return main.eraseArguments(evaluated);
}
