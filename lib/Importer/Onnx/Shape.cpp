// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Shape family: reading, making and changing shapes. Resampling has its own file.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/RunTimeAxes.h"
#include "lib/Importer/Onnx/ShapeMath.h"
#include "lib/Importer/Onnx/Tensors.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::enumerate;
using llvm::MulOverflow;
using llvm::none_of;

Value tenon::onnx_importer::shapeOf(NodeContext &node, Value tensor, int64_t start, std::optional<int64_t> end) {
  SmallVector<NamedAttribute> attributes = {node.integer("start", start)};
  if (end)
    attributes.push_back(node.integer("end", *end));
  return node.create("shape", {tensor}, attributes);
}

Value tenon::onnx_importer::productOfDims(NodeContext &node, Value tensor, int64_t start, int64_t end) {
  int64_t product = 1;
  ArrayRef<int64_t> dims = cast<RankedTensorType>(tensor.getType()).getShape().slice(start, end - start);
  bool isStatic = none_of(dims, ShapedType::isDynamic);
  // The tensor's type has passed its size check, but dims of 0 may hide an overflow among the others.
  for (int64_t dim : dims)
    isStatic = isStatic && !MulOverflow(product, dim, product);
  if (isStatic)
    return node.constantInts({product});
  Value shape = shapeOf(node, tensor, start, end);
  return shape ? node.create("reduce_prod", {shape}, {node.ints("axes", {0}), node.boolean("keepdims", true)}) : Value();
}

/// `start` and `end` since opset 15; both clamp.
static LogicalResult importShape(NodeContext &node) {
  int64_t rank = node.rank(0);
  auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  int64_t start = clamp(node.getInt("start", 0)), end = clamp(node.getInt("end", rank));
  node.setResult(0, shapeOf(node, node.input(0), start, std::max(start, end)));
  return success();
}

Value tenon::onnx_importer::joinDims(NodeContext &node, Value x, int64_t kept, int64_t axis) {
  Composer c(node);
  ArrayRef<int64_t> dims = cast<RankedTensorType>(x.getType()).getShape();
  Value rest = productOfDims(node, x, axis, dims.size());
  // A 0 copies a dim, which keeps what is known of it, but only where the dims behind it are no 0 that would copy one too.
  if (kept == axis && llvm::all_of(dims.drop_front(axis), [](int64_t dim) { return dim > 0; }))
    return rest ? c.op("reshape", {x, c.concat({c.repeated(axis, 0), rest})}) : Value();
  Value first = kept == axis ? c.shape(x, 0, axis) : productOfDims(node, x, 0, axis);
  return c.reshape(x, c.concat({first, rest}));
}

/// Flatten(x, axis) -> reshape(x, [product of the dims before axis, the rest])
static LogicalResult importFlatten(NodeContext &node) {
  int64_t rank = node.rank(0), axis = node.getInt("axis", 1);
  if (axis != rank)
    axis = node.normalizeAxis(axis, rank);
  if (node.failed())
    return failure();
  node.setResult(0, joinDims(node, node.input(0), /*kept=*/1, axis));
  return success();
}

static LogicalResult importTranspose(NodeContext &node) {
  SmallVector<int64_t> perm = node.getInts("perm");
  if (!node.has("perm"))
    perm = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, node.rank(0))));
  node.setResult(0, node.create("transpose", {node.input(0)}, {node.ints("perm", perm)}));
  return success();
}

/// A concatenation of many is one of concatenations: bufferization compares each part of one with all others (50 parts take 0.2 s, 100 take
/// 2.6 s), and unrolled recurrences stack hundreds.
static constexpr size_t kMaxConcatParts = 48;

static LogicalResult importConcat(NodeContext &node) {
  for (auto [i, operand] : enumerate(node.allInputs()))
    if (!operand)
      return node.fail("expected an input number " + Twine(i));
  if (!node.has("axis"))
    return node.fail("expected attribute 'axis'");
  NamedAttribute axis = node.integer("axis", node.normalizeAxis(node.getInt("axis", 0), node.rank(0)));
  SmallVector<Value> parts(node.allInputs());
  while (parts.size() > kMaxConcatParts && !node.failed()) {
    SmallVector<Value> joined;
    for (ArrayRef<Value> rest = parts; !rest.empty(); rest = rest.drop_front(std::min(rest.size(), kMaxConcatParts))) {
      ArrayRef<Value> some = rest.take_front(kMaxConcatParts);
      joined.push_back(some.size() == 1 ? some.front() : node.create("concat", some, {axis}));
      if (!joined.back())
        return failure();
    }
    parts = std::move(joined);
  }
  node.setResult(0, node.create("concat", parts, {axis}));
  return success();
}

/// Sizes were an attribute before opset 13, are an input since; `num_outputs` (18) repeats the number of outputs.
static LogicalResult importSplit(NodeContext &node) {
  int64_t count = node.numOutputs();
  if (node.has("num_outputs") && node.getInt("num_outputs", 0) != count)
    return node.fail("expected num_outputs = " + Twine(count) + ", got " + Twine(node.getInt("num_outputs", 0)));
  SmallVector<NamedAttribute> attributes = {node.integer("axis", node.normalizeAxis(node.getInt("axis", 0), node.rank(0))),
                                            node.integer("num_outputs", count)};
  Value sizes = node.input(1);
  std::optional<SmallVector<int64_t>> known = node.opset() >= 13 ? node.knownInts(1) : std::nullopt;
  if (node.has("split"))
    known = node.getInts("split");
  if (known) {
    sizes = {};
    attributes.push_back(node.ints("sizes", *known));
  }
  node.setResults(node.createOp("split", {node.input(0), sizes}, attributes));
  return success();
}

/// A slice of every dim: whole where the axes, or as many leading dims as there are starts, do not say otherwise.
static LogicalResult importRunTimeSlice(NodeContext &node) {
  Composer c(node);
  int64_t rank = node.rank(0);
  Value axes = node.input(3);
  if (!axes)
    axes = c.op("range", {node.constantInt(0), c.op("size", {node.input(1)}), node.constantInt(1)});
  Value starts = spreadOverDims(c, axes, node.input(1), rank, 0);
  Value ends = spreadOverDims(c, axes, node.input(2), rank, std::numeric_limits<int64_t>::max());
  Value steps = node.input(4) ? spreadOverDims(c, axes, node.input(4), rank, 1) : Value();
  if (!node.failed())
    node.setResult(
        0, node.create("slice", {node.input(0), starts, ends, steps}, {node.ints("axes", llvm::to_vector(llvm::seq<int64_t>(0, rank)))}));
  return success();
}

/// Everything but the data were attributes before opset 10.
static LogicalResult importSlice(NodeContext &node) {
  if (node.opset() >= 10 && (isRunTime(node, 3) || (!node.input(3) && node.inputType(1).getShape() == ArrayRef{ShapedType::kDynamic})))
    return importRunTimeSlice(node);
  bool attributes = node.opset() < 10;
  Value starts = attributes ? node.constantInts(node.getInts("starts")) : node.input(1);
  Value ends = attributes ? node.constantInts(node.getInts("ends")) : node.input(2);
  std::optional<SmallVector<int64_t>> given = node.attributeOrInput("axes", 10, 3);
  if (node.failed())
    return failure();
  auto type = cast<RankedTensorType>(starts.getType());
  if (type.getRank() != 1)
    return node.fail("expected 'starts' to be a vector");
  if (type.getDimSize(0) > node.rank(0))
    return node.fail("expected at most " + Twine(node.rank(0)) + " starts, got " + Twine(type.getDimSize(0)));
  SmallVector<int64_t> axes = given ? *given : llvm::to_vector(llvm::seq<int64_t>(0, type.getDimSize(0)));
  node.setResult(
      0, node.create("slice", {node.input(0), starts, ends, node.input(4)}, {node.ints("axes", node.normalizeAxes(axes, node.rank(0)))}));
  return success();
}

static LogicalResult importSqueeze(NodeContext &node) {
  if (isRunTime(node, 1)) {
    Composer c(node);
    std::optional<int64_t> count = numberOfAxes(node, 1, node.rank(0));
    if (!count)
      return failure();
    node.setResult(0, dropDims(c, node.input(0), axesMask(c, node.input(1), node.rank(0)), *count));
    return success();
  }
  std::optional<SmallVector<int64_t>> given = node.attributeOrInput("axes", 13, 1);
  if (node.failed())
    return failure();
  SmallVector<int64_t> axes;
  if (given && !given->empty())
    axes = node.normalizeAxes(*given, node.rank(0));
  else // all dims of 1
    for (auto [i, dim] : enumerate(node.inputType(0).getShape())) {
      if (ShapedType::isDynamic(dim))
        return node.fail("expected 'axes', since dim " + Twine(i) + " is not known");
      if (dim == 1)
        axes.push_back(i);
    }
  node.setResult(0, node.create("squeeze", {node.input(0)}, {node.ints("axes", axes)}));
  return success();
}

static LogicalResult importUnsqueeze(NodeContext &node) {
  if (isRunTime(node, 1)) {
    Composer c(node);
    std::optional<int64_t> count = numberOfAxes(node, 1, kMaxRank);
    if (!count)
      return failure();
    node.setResult(0, insertDims(c, node.input(0), axesMask(c, node.input(1), node.rank(0) + *count)));
    return success();
  }
  std::optional<SmallVector<int64_t>> given = node.attributeOrInput("axes", 13, 1);
  if (!given)
    return node.fail("expected 'axes'");
  if (static_cast<int64_t>(given->size()) > kMaxRank)
    return node.fail("expected at most " + Twine(kMaxRank) + " axes, got " + Twine(given->size()));
  SmallVector<int64_t> axes = node.normalizeAxes(*given, node.rank(0) + given->size());
  node.setResult(0, node.create("unsqueeze", {node.input(0)}, {node.ints("axes", axes)}));
  return success();
}

/// Pads were an attribute before opset 11; axes came with 18.
static LogicalResult importPad(NodeContext &node) {
  Value pads = node.input(1), value = node.input(2);
  if (node.opset() < 11) {
    pads = node.constantInts(node.getInts("pads"));
    value = node.constantScalar(node.inputType(0).getElementType(), node.getFloat("value", 0));
  }
  std::optional<SmallVector<int64_t>> given = node.attributeOrInput("axes", 11, 3);
  if (isRunTime(node, 3)) {
    Composer c(node);
    int64_t rank = node.rank(0);
    Value first = c.cast(node.input(3), c.i64), wraps = c.op("less", {first, c.number(first, 0)});
    first = c.where(wraps, c.add(first, c.number(first, rank)), first);
    pads = spreadOverDims(c, c.concat({first, c.add(first, c.number(first, rank))}), pads, 2 * rank, 0);
  }
  if (node.failed())
    return failure();
  SmallVector<int64_t> axes = given ? *given : llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0)));
  node.setResult(
      0, node.create("pad", {node.input(0), pads, value},
                     {node.ints("axes", node.normalizeAxes(axes, node.rank(0))), node.string("mode", node.getString("mode", "constant"))}));
  return success();
}

/// Of numbers that only the run tells the length is computed in float64, and the host reads it. Integers with a known step are followed
/// as they are. Short integers are subtracted as int64, where nothing wraps.
static LogicalResult importRange(NodeContext &node) {
  Composer c(node);
  Value start = node.input(0), limit = node.input(1), delta = node.input(2);
  Type element = node.inputType(0).getElementType(), f64 = node.builder().getF64Type();
  auto isKnown = [](Value value) { return matchPattern(value, m_Constant()); };
  bool follows = isa<IntegerType>(element) ? node.knownInts(2).has_value() : isKnown(start) && isKnown(limit) && isKnown(delta);
  if (follows) {
    node.setResult(0, node.create("range", {start, limit, delta}));
    return success();
  }
  Type wide = isa<IntegerType>(element) ? c.i64 : f64;
  Value span = c.cast(c.sub(c.cast(limit, wide), c.cast(start, wide)), f64);
  Value length = c.op("ceil", {c.div(span, c.cast(delta, f64))});
  Value steps = c.op("range", {node.constantInt(0), c.cast(c.reshape(length, node.constantInts({})), c.i64), node.constantInt(1)});
  node.setResult(0, c.add(start, c.mul(c.cast(steps, element), delta)));
  return success();
}

static LogicalResult importConstantOfShape(NodeContext &node) {
  ElementsAttr value = node.getTensor("value");
  if (!value)
    value = DenseElementsAttr::get(RankedTensorType::get({1}, node.builder().getF32Type()), 0.0f);
  node.setResult(0, node.create("constant_of_shape", {node.input(0)}, {node.attr("value", value)}));
  return success();
}

static LogicalResult importConstant(NodeContext &node) {
  OpBuilder &builder = node.builder();
  ElementsAttr value = node.getTensor("value");
  if (node.has("value_float"))
    value = DenseElementsAttr::get(RankedTensorType::get({}, builder.getF32Type()), node.getFloat("value_float", 0));
  if (node.has("value_int"))
    value = DenseElementsAttr::get(RankedTensorType::get({}, builder.getI64Type()), node.getInt("value_int", 0));
  if (node.has("value_floats")) {
    SmallVector<float> values = node.getFloats("value_floats");
    value =
        DenseElementsAttr::get(RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getF32Type()), ArrayRef<float>(values));
  }
  if (node.failed())
    return failure();
  if (node.has("value_ints"))
    node.setResult(0, node.constantInts(node.getInts("value_ints")));
  else if (value)
    node.setResult(0, node.constant(value));
  else
    return node.fail("expected a numeric value");
  return success();
}

static LogicalResult importEyeLike(NodeContext &node) {
  Type element = node.inputType(0).getElementType();
  std::string reason;
  if (node.has("dtype") && !(element = convertElementType(node.builder().getContext(), node.getInt("dtype", 0), reason)))
    return node.fail("attribute 'dtype': " + reason);
  node.setResult(
      0, node.create("eye_like", {node.input(0)}, {node.attr("dtype", TypeAttr::get(element)), node.integer("k", node.getInt("k", 0))}));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::shapeRows() {
  static constexpr OpRow rows[] = {
      custom("Constant", importConstant, 0, 0, "value value_float value_floats value_int value_ints"),
      custom("ConstantOfShape", importConstantOfShape, 1, 1, "value", 9),
      custom("Shape", importShape, 1, 1, "", 7, 14),
      custom("Shape", importShape, 1, 1, "start end", 15),
      same("Size", "size", 1, 1),
      same("Reshape", "reshape", 2, 2, "", 7, 13),
      same("Reshape", "reshape", 2, 2, "allowzero:b=0", 14),
      custom("Flatten", importFlatten, 1, 1, "axis"),
      custom("Transpose", importTranspose, 1, 1, "perm"),
      custom("Concat", importConcat, 1, anyNumber, "axis"),
      custom("Split", importSplit, 1, 1, "axis split", 7, 12),
      custom("Split", importSplit, 1, 2, "axis", 13, 17),
      custom("Split", importSplit, 1, 2, "axis num_outputs", 18),
      custom("Slice", importSlice, 1, 1, "axes starts ends", 7, 9),
      custom("Slice", importSlice, 3, 5, "", 10),
      custom("Squeeze", importSqueeze, 1, 1, "axes", 7, 12),
      custom("Squeeze", importSqueeze, 1, 2, "", 13),
      custom("Unsqueeze", importUnsqueeze, 1, 1, "axes", 7, 12),
      custom("Unsqueeze", importUnsqueeze, 2, 2, "", 13),
      same("Expand", "expand", 2, 2, "", 8),
      same("Tile", "tile", 2, 2),
      custom("Pad", importPad, 1, 1, "mode pads value", 7, 10),
      custom("Pad", importPad, 2, 3, "mode", 11, 17),
      custom("Pad", importPad, 2, 4, "mode", 18),
      custom("Range", importRange, 3, 3, "", 11),
      custom("EyeLike", importEyeLike, 1, 1, "dtype k", 9),
      same("DepthToSpace", "depth_to_space", 1, 1, "blocksize:i mode:s=DCR"),
      same("SpaceToDepth", "space_to_depth", 1, 1, "blocksize:i"),
      same("Trilu", "trilu", 1, 2, "upper:b=1", 14),
  };
  return rows;
}
