// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The importer's phases: map, scan, parse, check the model, import the graph, verify.
#include "lib/Importer/Onnx/Import.h"

#include "dialects/Infer/IR/Infer.h"
#include "lib/Importer/Onnx/Graph.h"
#include "lib/Importer/Onnx/Interface.h"
#include "lib/Importer/Onnx/Metadata.h"
#include "lib/Importer/Onnx/Tensors.h"
#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_importer;
using llvm::raw_string_ostream;
using llvm::StringMap;

std::string ImportProblem::str() const {
  std::string line;
  raw_string_ostream os(line);
  if (!op.empty()) {
    os << "node '" << node << "' (" << op << ", " << (domain.empty() ? "ai.onnx" : domain) << ", opset " << opset << ")";
    if (!operands.empty())
      os << " on " << operands;
    os << ": ";
  }
  // Names come from the file: one problem stays one line.
  os << reason;
  for (char &c : line)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  return line;
}

/// A hostile file could ask for gigabytes of messages.
static constexpr size_t maxProblems = 1000, maxText = 1000;

void tenon::addProblem(std::vector<ImportProblem> &problems, ImportProblem problem) {
  if (problems.size() > maxProblems)
    return;
  if (problems.size() == maxProblems) {
    problem = {};
    problem.reason = "there are further problems";
  }
  for (std::string *text : {&problem.reason, &problem.node, &problem.op, &problem.domain, &problem.operands})
    if (text->size() > maxText)
      *text = text->substr(0, maxText) + "...";
  problems.push_back(std::move(problem));
}

static void addReason(std::vector<ImportProblem> &problems, const Twine &reason) {
  ImportProblem problem;
  problem.reason = reason.str();
  addProblem(problems, std::move(problem));
}

/// What holds for the file as a whole.
static bool checkModel(const onnx::ModelProto &model, StringMap<int64_t> &opsets, GraphImporter &importer,
                       const std::vector<ImportProblem> &problems) {
  size_t before = problems.size();
  constexpr int64_t leastIr = 3, leastOpset = 7, newestOpset = 28;
  if (model.ir_version() < leastIr || model.ir_version() > onnx::IR_VERSION)
    importer.report("expected IR version " + Twine(leastIr) + " to " + Twine(static_cast<int64_t>(onnx::IR_VERSION)) + ", got " +
                    Twine(model.ir_version()));
  if (!model.has_graph())
    importer.report("expected a graph");
  auto check = [&](const onnx::OperatorSetIdProto &opset) {
    StringRef domain = opset.domain() == "ai.onnx" ? StringRef() : StringRef(opset.domain());
    if (domain.empty() && (opset.version() < leastOpset || opset.version() > newestOpset))
      importer.report("expected opset " + Twine(leastOpset) + " to " + Twine(newestOpset) + ", got " + Twine(opset.version()));
    return domain;
  };
  for (const onnx::OperatorSetIdProto &opset : model.opset_import())
    opsets[check(opset)] = opset.version();
  for (const onnx::FunctionProto &function : model.functions())
    for (const onnx::OperatorSetIdProto &opset : function.opset_import())
      check(opset);
  if (model.has_graph() && model.graph().output_size() == 0)
    importer.report("expected a graph with outputs");
  return problems.size() == before;
}

static void setModelAttributes(ModuleOp module, const onnx::ModelProto &model, const StringMap<int64_t> &nodeCounts, OpBuilder &builder) {
  std::string producer = model.producer_name() + (model.producer_version().empty() ? "" : " " + model.producer_version());
  NamedAttrList counts;
  for (const auto &[op, count] : nodeCounts)
    counts.set(op, builder.getI64IntegerAttr(count));
  module->setAttr("infer.node_counts", counts.getDictionary(builder.getContext()));
  module->setAttr("infer.producer", builder.getStringAttr(producer));
  module->setAttr("infer.metadata", modelMetadata(model, builder.getContext()));
  module->setAttr("infer.model", builder.getStringAttr(model.graph().name()));
}

/// Initialisers that became attributes, or that nothing reads.
static void eraseUnusedConstants(func::FuncOp main) {
  for (Operation &op : llvm::make_early_inc_range(main.getBody().front()))
    if (isa<infer::ConstantOp>(op) && op.use_empty())
      op.erase();
}

static OwningOpRef<ModuleOp> importModel(MLIRContext &context, const onnx::ModelProto &model, TensorReader &tensors,
                                         const ImportOptions &options, std::vector<ImportProblem> &problems) {
  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, NameLoc::get(builder.getStringAttr(model.graph().name())));
  Interface interface(builder, model.graph(), problems);
  Frame frame;
  size_t before = problems.size();
  GraphImporter checker(builder, nullptr, tensors, problems);
  if (!checkModel(model, frame.opsets, checker, problems))
    return nullptr;
  interface.readInputs(options.shapes);
  func::FuncOp main = interface.createMain(*module);
  GraphImporter importer(builder, &main.getBody().front(), tensors, problems);
  importer.addFunctions(model);
  Scope scope;
  interface.defineInputs(importer, scope, main);
  importer.importBody(model.graph(), scope, frame);
  SmallVector<Value> values;
  bool complete = importer.outputs(model.graph(), scope, values);
  if (!complete || problems.size() != before)
    return nullptr;
  builder.setInsertionPointToEnd(&main.getBody().front());
  if (!interface.finish(main, values))
    return nullptr;
  eraseUnusedConstants(main);
  setModelAttributes(*module, model, importer.getNodeCounts(), builder);
  return module;
}

OwningOpRef<ModuleOp> tenon::importOnnx(MLIRContext &context, std::shared_ptr<llvm::MemoryBuffer> bytes, StringRef folder,
                                        const ImportOptions &options, std::vector<ImportProblem> &problems) {
  auto refuse = [&](const Twine &reason) {
    addReason(problems, reason);
    return OwningOpRef<ModuleOp>();
  };
  context.loadDialect<infer::InferDialect, func::FuncDialect>();
  ScannedModel scanned;
  std::string reason;
  if (bytes->getBufferSize() == 0)
    return refuse("expected an ONNX model, got an empty file");
  if (!scanModel(bytes->getBuffer(), options.keepMetadata, scanned, reason))
    return refuse("expected an ONNX model: " + reason);
  onnx::ModelProto model;
  if (!model.ParseFromString(scanned.skeleton))
    return refuse("expected an ONNX model: its protobuf does not parse");
  std::string().swap(scanned.skeleton);
  TensorReader tensors(&context, std::move(bytes), scanned.payloads, folder);
  OwningOpRef<ModuleOp> module;
  std::string said;
  {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { said += said.empty() ? diagnostic.str() : ""; });
    module = importModel(context, model, tensors, options, problems);
    if (module && failed(verify(*module)))
      module = {};
  }
  if (!module && problems.empty())
    return refuse("expected a valid graph: " + (said.empty() ? "an output depends on a node that failed" : said));
  return problems.empty() ? std::move(module) : nullptr;
}

OwningOpRef<ModuleOp> tenon::importOnnxFile(MLIRContext &context, StringRef path, const ImportOptions &options,
                                            std::vector<ImportProblem> &problems) {
  std::string reason;
  Mapping file = mapModelFile(path, reason);
  if (!file) {
    addReason(problems, reason);
    return nullptr;
  }
  StringRef folder = llvm::sys::path::parent_path(path);
  return importOnnx(context, std::move(file), folder.empty() ? "." : folder, options, problems);
}
