// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inlining of a lowered dispatch function: memref arguments -> the caller's buffers, memref temporaries -> plan.alloc.
#include "conversion/DispatchToPlan/HostProgram.h"
#include "dialects/Plan/IR/Reuse.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace tenon;

/// The memory of a result that is made in an operand's, if the function does that; a null buffer if not. An operand that is needed later
/// is copied, and its copy is written.
HostTensor HostProgram::reuseOperand(plan::DispatchOp op, func::FuncOp callee, ArrayRef<Value> dims) {
  for (unsigned index = 0; index < op.getInputs().size(); ++index) {
    if (!callee.getArgAttr(index, plan::kReused))
      continue;
    Value result = op.getResult(0);
    HostTensor operand = tensors.lookup(op.getInputs()[index]);
    HostTensor tensor{operand.buffer, llvm::to_vector(dims), operand.elementType};
    if (outputOf.contains(result) || partOf.contains(result) || !plan::whyNotFree(op, index).empty()) {
      tensor.buffer = destinationFor(result, tensor.elementType, dims);
      plan::CopyOp::create(builder, location, operand.buffer, tensor.buffer, bytesOf(tensor.elementType, dims));
    }
    return tensors[callee.getArgument(index)] = tensor;
  }
  return {};
}

LogicalResult HostProgram::convertDispatch(plan::DispatchOp op) {
  auto callee = module.lookupSymbol<func::FuncOp>(op.getCallee());
  if (!callee || callee.isExternal())
    return op.emitError("expected a lowered dispatch function named ") << op.getCallee();
  if (callee.getNumArguments() != op.getInputs().size() + op.getNumResults() || callee.getNumResults() != 0)
    return op.emitError("expected ") << op.getCallee() << " to take the inputs and then the results' memory, got "
                                     << callee.getFunctionType();

  for (auto [argument, input] : llvm::zip(callee.getArguments(), op.getInputs())) {
    if (isa<RankedTensorType>(input.getType()))
      tensors[argument] = tensors.lookup(input);
    else
      scalars.map(argument, scalars.lookup(input));
  }
  ValueRange dynamic = op.getResultDims();
  for (auto [index, result] : llvm::enumerate(op.getResults())) {
    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<Value> dims = takeDims(type, dynamic);
    HostTensor tensor = reuseOperand(op, callee, dims);
    if (!tensor.buffer)
      tensor = {destinationFor(result, type.getElementType(), dims), dims, type.getElementType()};
    tensors[result] = tensor;
    tensors[callee.getArgument(op.getInputs().size() + index)] = tensor;
  }
  Location call = op.getLoc();
  LogicalResult inlined = inlineBlock(callee.getBody().front());
  location = call;
  return inlined;
}

LogicalResult HostProgram::inlineBlock(Block &block) {
  for (Operation &op : block)
    if (failed(inlineOp(&op)))
      return failure();
  return success();
}

/// Launches carry the location of the dispatch that they serve, which names the ONNX nodes, not that of the shared function.
LogicalResult HostProgram::inlineOp(Operation *op) {
  auto bufferOf = [&](Value value) {
    return isa<plan::BufferType>(value.getType()) ? scalars.lookup(value) : tensors.lookup(value).buffer;
  };
  auto scalarsOf = [&](ValueRange values) { return llvm::map_to_vector(values, [&](Value value) { return scalars.lookup(value); }); };
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<func::ReturnOp>([](auto) { return success(); })
      .Case<plan::LaunchOp>([&](plan::LaunchOp launch) {
        SmallVector<Value> buffers = llvm::map_to_vector(launch.getBuffers(), bufferOf);
        plan::LaunchOp::create(builder, location, launch.getKernel(), scalars.lookup(launch.getGridX()), scalars.lookup(launch.getGridY()),
                               scalars.lookup(launch.getGridZ()), scalars.lookup(launch.getScratch()), buffers,
                               scalarsOf(launch.getScalars()), scalarsOf(launch.getMapValues()), launch.getWrites(), launch.getMapsAttr());
        return success();
      })
      .Case<plan::AllocOp>([&](plan::AllocOp alloc) {
        Value bytes = scalars.lookup(alloc.getBytes());
        scalars.map(alloc.getResult(),
                    plan::AllocOp::create(builder, location, bufferType, bytes, /*pool=*/!bindingTime.isKnown(bytes)).getResult());
        return success();
      })
      .Case<memref::AllocOp>([&](memref::AllocOp alloc) {
        SmallVector<Value> own = scalarsOf(alloc.getDynamicSizes());
        auto type = RankedTensorType::get(alloc.getType().getShape(), alloc.getType().getElementType());
        SmallVector<Value> dims = dimsOf(type, own);
        tensors[alloc.getResult()] = {allocate(type.getElementType(), dims), dims, type.getElementType()};
        return success();
      })
      .Case<memref::GetGlobalOp>([&](memref::GetGlobalOp get) -> LogicalResult {
        // Bufferization made it of a small constant inside of the dispatch.
        auto global = module.lookupSymbol<memref::GlobalOp>(get.getName());
        if (!global || !global.getConstantInitValue())
          return get.emitError("expected a constant");
        auto type = RankedTensorType::get(get.getType().getShape(), get.getType().getElementType());
        tensors[get.getResult()] = {constantBuffer(global.getConstantInitValue()), dimsOf(type, {}), type.getElementType()};
        return success();
      })
      .Case<memref::DeallocOp>([](auto) { return success(); })
      .Case<memref::CastOp>([&](memref::CastOp cast) {
        tensors[cast.getResult()] = tensors.lookup(cast.getSource());
        return success();
      })
      .Case<memref::ExpandShapeOp, memref::CollapseShapeOp>([&](auto view) {
        // The kernels that use it know its dims; the host needs the address alone.
        HostTensor source = tensors.lookup(view.getSrc());
        tensors[view.getResult()] = {source.buffer, {}, source.elementType};
        return success();
      })
      .Case<memref::DimOp>([&](memref::DimOp dim) -> LogicalResult {
        std::optional<int64_t> axis = dim.getConstantIndex();
        const HostTensor &source = tensors[dim.getSource()];
        if (!axis || *axis < 0 || *axis >= static_cast<int64_t>(source.dims.size()))
          return dim.emitError("expected a dimension that the host knows");
        scalars.map(dim.getResult(), source.dims[*axis]);
        return success();
      })
      .Case<memref::CopyOp>([&](memref::CopyOp copy) -> LogicalResult {
        HostTensor source = tensors.lookup(copy.getSource());
        if (source.dims.size() != static_cast<size_t>(copy.getSource().getType().getRank()))
          return copy.emitError("expected a copy of a whole buffer");
        plan::CopyOp::create(builder, location, source.buffer, tensors.lookup(copy.getTarget()).buffer,
                             bytesOf(source.elementType, source.dims));
        return success();
      })
      .Case<scf::ForOp, scf::IfOp>([&](auto control) { return inlineControl(control); })
      .Default([&](Operation *other) -> LogicalResult {
        if (!isa<arith::ArithDialect>(other->getDialect()) || other->getNumRegions() != 0)
          return other->emitError("expected a launch or host arithmetic in a lowered dispatch function, got ") << other->getName();
        if (auto index = dyn_cast<arith::ConstantIndexOp>(other)) {
          scalars.map(other->getResult(0), constant(index.value()));
          return success();
        }
        builder.clone(*other, scalars);
        return success();
      });
}

/// Host loops and branches of a dispatch carry index values at most: their buffers live outside.
LogicalResult HostProgram::inlineControl(Operation *op) {
  for (Type type : op->getResultTypes())
    if (!type.isIntOrIndex())
      return op->emitError("expected only integers to leave a host loop, got ") << type;
  Operation *copy = builder.cloneWithoutRegions(*op, scalars);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [before, after] : llvm::zip_equal(op->getRegions(), copy->getRegions())) {
    if (before.empty())
      continue;
    Block *block = builder.createBlock(&after);
    for (BlockArgument argument : before.front().getArguments())
      scalars.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
    for (Operation &inner : before.front().without_terminator())
      if (failed(inlineOp(&inner)))
        return failure();
    builder.clone(*before.front().getTerminator(), scalars);
  }
  return success();
}
