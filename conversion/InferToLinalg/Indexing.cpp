// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers -> one map from result indices to source indices. Indices come from the model's data: each is wrapped if negative and then
// clamped, so that no value of theirs can read outside of the tensor.
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"

using namespace mlir;
using namespace tenon;

/// y[a..., i..., b...] = data[a..., indices[i...], b...]
static void lowerGather(infer::GatherOp op, Lowering &l) {
  Value data = op.getData(), indices = op.getIndices();
  int64_t axis = op.getAxis(), indexRank = l.rank(indices);
  Value size = l.dimValue(data, axis);
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(data), [&](ArrayRef<Scalar> at) {
    Scalar index = toIndex(l.read(l.b, indices, at.slice(axis, indexRank)));
    SmallVector<Scalar> source(at.take_front(axis));
    source.push_back(wrapIndex(index, index.with(size)));
    llvm::append_range(source, at.drop_front(axis + indexRank));
    return l.read(l.b, data, source);
  }));
}

static void lowerGatherElements(infer::GatherElementsOp op, Lowering &l) {
  Value data = op.getData();
  SmallVector<Value> sizes = l.dimValues(data);
  int64_t axis = op.getAxis();
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(data), [&](ArrayRef<Scalar> at) {
    Scalar index = toIndex(l.read(l.b, op.getIndices(), at));
    SmallVector<Scalar> source(at);
    // Dims of the indices other than the axis may be declared larger than those of the data.
    for (auto [dim, size] : llvm::enumerate(sizes))
      source[dim] = static_cast<int64_t>(dim) == axis ? wrapIndex(index, index.with(size)) : clampIndex(at[dim], at[dim].with(size));
    return l.read(l.b, data, source);
  }));
}

/// y[b..., i..., s...] = data[b..., indices[b..., i..., :]..., s...]
static void lowerGatherND(infer::GatherNDOp op, Lowering &l) {
  Value data = op.getData(), indices = op.getIndices();
  SmallVector<Value> sizes = l.dimValues(data);
  int64_t batch = op.getBatchDims(), indexRank = l.rank(indices);
  int64_t depth = cast<RankedTensorType>(indices.getType()).getDimSize(indexRank - 1);
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(data), [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> source(at.take_front(batch)), coordinate(at.take_front(indexRank - 1));
    coordinate.push_back(l.scalar(l.index(0)));
    for (int64_t i = 0; i < depth; ++i) {
      coordinate.back() = l.scalar(l.index(i));
      Scalar index = toIndex(l.read(l.b, indices, coordinate));
      source.push_back(wrapIndex(index, index.with(sizes[batch + i])));
    }
    llvm::append_range(source, at.drop_front(indexRank - 1));
    return l.read(l.b, data, source);
  }));
}

static void lowerOneHot(infer::OneHotOp op, Lowering &l) {
  Value indices = op.getIndices(), values = op.getValues();
  int64_t axis = op.getAxis();
  Dims dims;
  for (int64_t dim = 0; dim < l.rank(op.getY()); ++dim) {
    OpFoldResult size = l.dimIfKnown(op.getY(), dim);
    if (dim == axis && !size) {
      Scalar given = toIndex(convert(l.readOnly(op.getDepth()), l.b.getI64Type()));
      size = max(given, given.constant(0)).get();
    }
    dims.push_back(size ? size : l.dim(op.getY(), dim));
  }
  Value depth = l.value(dims[axis]);
  l.replace(op.getY(), l.map(dims, l.elementOf(values), [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> place(at.take_front(axis));
    llvm::append_range(place, at.drop_front(axis + 1));
    Scalar index = toIndex(convert(l.read(l.b, indices, place), l.b.getI64Type()));
    index = select(index < 0, index + index.with(depth), index);
    Scalar off = l.read(l.b, values, {l.scalar(l.index(0))}), on = l.read(l.b, values, {l.scalar(l.index(1))});
    return select(index == at[axis], on, off);
  }));
}

void tenon::addIndexingLowerings(LoweringTable &table) {
  table.add<infer::GatherOp, lowerGather>();
  table.add<infer::GatherElementsOp, lowerGatherElements>();
  table.add<infer::GatherNDOp, lowerGatherND>();
  table.add<infer::OneHotOp, lowerOneHot>();
}
