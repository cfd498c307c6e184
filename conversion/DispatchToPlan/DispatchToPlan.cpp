// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass: @main over tensors, and lowered dispatch functions over memrefs -> one host program over !plan.buffer.
#include "conversion/DispatchToPlan/HostProgram.h"
#include "conversion/DispatchToPlan/Passes.h"
#include "dialects/Infer/IR/Versions.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SetVector.h"

namespace tenon {
#define GEN_PASS_DEF_CONVERTDISPATCHTOPLANPASS
#include "conversion/DispatchToPlan/Passes.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

namespace {
struct ConvertDispatchToPlan : tenon::impl::ConvertDispatchToPlanPassBase<ConvertDispatchToPlan> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main) {
      getOperation().emitError("expected a function named main");
      return signalPassFailure();
    }
    if (failed(HostProgram(getOperation()).run(main)))
      signalPassFailure();
  }
};
} // namespace

LogicalResult HostProgram::run(func::FuncOp main) {
  SmallVector<Type> inputs(main.getNumArguments(), plan::BufferType::get(main.getContext()));
  builder.setInsertionPoint(main);
  auto program = func::FuncOp::create(builder, main.getLoc(), "main", builder.getFunctionType(inputs, {}));
  entry = program.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  if (failed(convertInputs(main)) || failed(bindSymbols(main)))
    return failure();
  auto general = module.lookupSymbol<func::FuncOp>(infer::kGeneralName);
  if (general) {
    if (failed(convertVersions(main, general)))
      return failure();
  } else {
    noteDestinations(cast<func::ReturnOp>(main.getBody().front().getTerminator()));
    noteParts(main);
    if (failed(convertBlock(main.getBody().front())))
      return failure();
  }

  // Dispatch functions have been inlined wherever they were called.
  llvm::SetVector<func::FuncOp> dead;
  for (func::FuncOp version : {main, general})
    if (version) {
      dead.insert(version);
      version.walk([&](plan::DispatchOp op) {
        if (auto callee = module.lookupSymbol<func::FuncOp>(op.getCallee()))
          dead.insert(callee);
      });
    }
  for (func::FuncOp function : dead)
    function.erase();
  for (auto global : llvm::make_early_inc_range(module.getOps<memref::GlobalOp>()))
    global.erase();
  module->setAttr("plan.constants", builder.getArrayAttr(constants));
  return success();
}

LogicalResult HostProgram::convertInputs(func::FuncOp main) {
  for (auto [index, argument] : llvm::enumerate(main.getArguments())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      return main.emitError("expected inputs of ranked tensor type, got ") << argument.getType();
    SmallVector<Value> dims;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      dims.push_back(type.isDynamicDim(axis) ? plan::InputDimOp::create(builder, argument.getLoc(), indexType, index, axis).getResult()
                                             : constant(type.getDimSize(axis)));
    tensors[argument] = {entry->getArgument(index), dims, type.getElementType()};
  }
  return success();
}

LogicalResult HostProgram::convertBlock(Block &block) {
  for (Operation &op : block) {
    location = op.getLoc();
    if (failed(convertOp(&op)))
      return failure();
  }
  return success();
}

LogicalResult HostProgram::convertOp(Operation *op) {
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<plan::DispatchOp>([&](auto dispatch) { return convertDispatch(dispatch); })
      .Case<plan::HostDispatchOp>([&](auto dispatch) { return convertHostDispatch(dispatch); })
      .Case<scf::IfOp>([&](auto conditional) { return convertIf(conditional); })
      .Case<scf::WhileOp>([&](auto loop) { return convertWhile(loop); })
      .Case<func::ReturnOp>([&](auto ret) { return convertReturn(ret); })
      .Case<infer::ConstantOp>([&](auto constantOp) { return convertConstant(constantOp); })
      .Case<tensor::FromElementsOp>([&](auto elements) { return convertFromElements(elements); })
      .Case<tensor::ExtractOp>([&](auto extract) { return convertExtract(extract); })
      .Case<tensor::InsertSliceOp>([&](auto insert) { return convertInsertSlice(insert); })
      .Case<tensor::EmptyOp>([&](tensor::EmptyOp empty) {
        RankedTensorType type = empty.getType();
        SmallVector<Value> dims =
            dimsOf(type, llvm::map_to_vector(empty.getDynamicSizes(), [&](Value dim) { return scalars.lookup(dim); }));
        tensors[empty.getResult()] = {allocate(type.getElementType(), dims), dims, type.getElementType()};
        return success();
      })
      .Case<plan::ReshapeOp>([&](plan::ReshapeOp reshape) {
        HostTensor source = tensors.lookup(reshape.getSource());
        SmallVector<Value> dynamic = llvm::map_to_vector(reshape.getResultDims(), [&](Value dim) { return scalars.lookup(dim); });
        tensors[reshape.getResult()] = {source.buffer, dimsOf(reshape.getType(), dynamic), source.elementType};
        return success();
      })
      .Case<plan::PartOp>([&](auto part) { return convertPart(part); })
      .Case<plan::JoinOp>([&](auto join) { return convertJoin(join); })
      .Case<tensor::CastOp>([&](tensor::CastOp cast) {
        HostTensor tensor = tensors.lookup(cast.getSource());
        for (auto [dim, known] : llvm::zip_equal(tensor.dims, llvm::cast<RankedTensorType>(cast.getType()).getShape()))
          if (!ShapedType::isDynamic(known))
            dim = constant(known);
        tensors[cast.getResult()] = tensor;
        return success();
      })
      .Case<tensor::DimOp>([&](tensor::DimOp dim) -> LogicalResult {
        std::optional<int64_t> axis = dim.getConstantIndex();
        const HostTensor &source = tensors[dim.getSource()];
        if (!axis || *axis < 0 || *axis >= static_cast<int64_t>(source.dims.size()))
          return dim.emitError("expected a constant dimension number");
        scalars.map(dim.getResult(), source.dims[*axis]);
        return success();
      })
      .Case<cf::AssertOp>([&](cf::AssertOp assertion) {
        Value condition = scalars.lookup(assertion.getArg());
        if (guarded.insert({condition, builder.getBlock()}).second)
          plan::GuardOp::create(builder, location, condition, assertion.getMsg());
        return success();
      })
      .Case<infer::SymbolicDimOp, infer::BindShapeOp, scf::YieldOp, scf::ConditionOp>([](auto) { return success(); })
      .Default([&](Operation *other) -> LogicalResult {
        if (other->hasTrait<OpTrait::ConstantLike>() && isa<RankedTensorType>(other->getResult(0).getType()))
          return convertConstant(other);
        if (auto select = dyn_cast<arith::SelectOp>(other); select && isa<RankedTensorType>(select.getType()))
          return convertSelect(select);
        if (!isa<arith::ArithDialect>(other->getDialect()))
          return other->emitError("expected only dispatches, views and host arithmetic between kernels, got ") << other->getName();
        if (auto index = dyn_cast<arith::ConstantIndexOp>(other)) {
          scalars.map(other->getResult(0), constant(index.value()));
          return success();
        }
        builder.clone(*other, scalars);
        return success();
      });
}

LogicalResult HostProgram::convertHostDispatch(plan::HostDispatchOp op) {
  SmallVector<Value> inputs = llvm::map_to_vector(op.getInputs(), [&](Value input) { return tensors.lookup(input).buffer; }), outputs;
  ValueRange dynamic = op.getResultDims();
  for (Value result : op.getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<Value> dims = takeDims(type, dynamic);
    outputs.push_back(destinationFor(result, type.getElementType(), dims));
    tensors[result] = {outputs.back(), dims, type.getElementType()};
  }
  SmallVector<Value> numbers = llvm::map_to_vector(op.getScalars(), [&](Value number) { return scalars.lookup(number); });
  plan::HostCallOp::create(builder, location, op.getCallee(), inputs, outputs, numbers, op.getElementType());
  return success();
}

LogicalResult HostProgram::convertConstant(Operation *op) {
  Attribute value;
  if (!matchPattern(op, m_Constant(&value)))
    return op->emitError("expected a constant");
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  tensors[op->getResult(0)] = {constantBuffer(value), dimsOf(type, {}), type.getElementType()};
  return success();
}

Value HostProgram::constantBuffer(Attribute value) {
  auto [entry, isNew] = constantNumbers.try_emplace(value, constants.size());
  if (isNew)
    constants.push_back(value);
  return plan::ConstantOp::create(builder, location, bufferType, entry->second);
}

LogicalResult HostProgram::convertFromElements(tensor::FromElementsOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  if (!type.getElementType().isIntOrIndex())
    return op.emitError("expected integers that the host knows, got ") << type.getElementType();
  SmallVector<Value> values;
  for (Value element : op.getElements()) {
    Value value = scalars.lookup(element);
    if (value.getType().isInteger(1))
      value = arith::IndexCastUIOp::create(builder, location, indexType, value);
    else if (!isa<IndexType>(value.getType()))
      value = arith::IndexCastOp::create(builder, location, builder.getIndexType(), value);
    values.push_back(value);
  }
  SmallVector<Value> dims = dimsOf(type, {});
  Value buffer = destinationFor(op.getResult(), type.getElementType(), dims);
  plan::WriteScalarsOp::create(builder, location, values, buffer, type.getElementType());
  tensors[op.getResult()] = {buffer, dims, type.getElementType()};
  return success();
}

LogicalResult HostProgram::convertExtract(tensor::ExtractOp op) {
  HostTensor source = tensors.lookup(op.getTensor());
  if (!source.elementType.isInteger())
    return op.emitError("expected integers to read back, got ") << source.elementType;
  Value index = constant(0);
  for (auto [position, dim] : llvm::zip_equal(op.getIndices(), source.dims)) {
    index = builder.createOrFold<arith::MulIOp>(location, index, dim);
    index = builder.createOrFold<arith::AddIOp>(location, index, scalars.lookup(position));
  }
  std::string reason;
  if (auto name = location->findInstanceOf<NameLoc>())
    reason = name.getName().str();
  Value read = plan::ReadScalarOp::create(builder, location, indexType, source.buffer, index, source.elementType, reason);
  if (op.getType().isInteger(1))
    read = arith::CmpIOp::create(builder, location, arith::CmpIPredicate::ne, read, constant(0));
  else if (!op.getType().isIndex())
    read = arith::IndexCastOp::create(builder, location, op.getType(), read);
  scalars.map(op.getResult(), read);
  return success();
}
