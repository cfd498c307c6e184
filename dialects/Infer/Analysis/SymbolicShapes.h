// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of shapes in one function: dims of tensors and elements of small integer tensors as expressions over symbols.
//
// A symbol stands for an index SSA value, for a dim of a tensor, for an element that the device computes, or for the minimum,
// maximum or broadcast of two expressions. Expressions are canonical sums of products, so equal ones are the same object. What an
// op's constraint equates is unified by substituting one symbol; each such step that was not a fact is an assumption that wants a guard.
#ifndef TENON_DIALECTS_INFER_ANALYSIS_SYMBOLICSHAPES_H
#define TENON_DIALECTS_INFER_ANALYSIS_SYMBOLICSHAPES_H

#include "dialects/Infer/IR/ShapeScope.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::infer {

/// What `op` needs of two dims and nothing proves: that they are equal, or that they broadcast. A version is an equality that only this
/// version of the function takes for granted (kGeneralAttr).
struct ShapeAssumption {
  enum Kind { equality, broadcast, version, atMost };
  mlir::AffineExpr a, b;
  mlir::Operation *op;
  Kind kind;
};

/// Bounds of an expression; the extremes of int64_t mean that there is none.
struct Interval {
  int64_t low = INT64_MIN, high = INT64_MAX;
};

class SymbolicShapes : public ShapeScope {
public:
  /// Looks at every op below `root` (a function or an infer.fusion) except inside nested isolated ops. The result is valid until one of
  /// these ops changes; values that materialize() creates are known at once.
  explicit SymbolicShapes(mlir::Operation *root);

  // Queries. Expressions come back with all substitutions applied.
  SymbolicDims dims(mlir::Value tensor) override;
  std::optional<SymbolicDims> elements(mlir::Value tensor) override;
  mlir::AffineExpr scalar(mlir::Value value) override;
  mlir::AffineExpr dim(mlir::Value tensor, int64_t i) { return dims(tensor)[i]; }
  mlir::AffineExpr resolve(mlir::AffineExpr expr);
  Interval bounds(mlir::AffineExpr expr);
  bool areEqual(mlir::AffineExpr a, mlir::AffineExpr b) { return resolve(a) == resolve(b); }
  /// Whether a and b have one rank and equal dims.
  bool haveEqualDims(mlir::Value a, mlir::Value b) { return dims(a) == dims(b); }
  llvm::ArrayRef<ShapeAssumption> assumptions() const { return guards; }
  /// Operands of `op` whose elements its shape function reads.
  llvm::ArrayRef<mlir::Value> shapeOperands(mlir::Operation *op);

  // Index values. Each stands directly behind the last value that it needs, once per expression.
  /// An `index` value of the expression, or null if it depends on a value of another region than `root` and its block arguments reach.
  mlir::Value materialize(mlir::AffineExpr expr, mlir::Location loc);
  mlir::Value materializeDim(mlir::Value tensor, int64_t i) { return materialize(dim(tensor, i), tensor.getLoc()); }
  /// The same without substitutions: what a guard compares.
  mlir::Value materializeAsWritten(mlir::AffineExpr expr, mlir::Location loc);
  /// Whether only the run tells the dim, before anything was assumed of it: by a tensor that an op made, or an element that the device
  /// computes. A guard of what was assumed asks these, so a type must not say it: it would be a fact, and the guard empty.
  bool isMeasured(mlir::Value tensor, int64_t i);
  /// Whether the device computes one of these, the tensor's elements, for all that is known before anything is assumed.
  bool isMeasured(mlir::Value tensor, llvm::ArrayRef<mlir::AffineExpr> elements);
  /// Whether the expression depends on a dim that only `tensor` itself has.
  bool isDimOf(mlir::AffineExpr expr, mlir::Value tensor);
  /// Whether the value needs an element that the device computes.
  bool needsReadBack(mlir::AffineExpr expr);

  // What shape functions may say.
  mlir::AffineExpr unknown() override;
  bool equate(mlir::AffineExpr a, mlir::AffineExpr b) override;
  bool limit(mlir::AffineExpr a, mlir::AffineExpr b) override;
  mlir::AffineExpr broadcast(mlir::AffineExpr a, mlir::AffineExpr b) override;
  using ShapeScope::broadcast;
  bool isNonNegative(mlir::AffineExpr a) override { return bounds(a).low >= 0; }
  mlir::AffineExpr minimum(mlir::AffineExpr a, mlir::AffineExpr b) override;
  mlir::AffineExpr maximum(mlir::AffineExpr a, mlir::AffineExpr b) override;

private:
  /// In the order of what a substitution keeps: the later kinds go first.
  /// InnerDim: of an argument of a loop's body, which nothing outside of it can see.
  enum class Kind { Declared, Index, ArgumentDim, ResultDim, Minimum, Maximum, Broadcast, Element, InnerDim, Fresh };
  struct Symbol {
    Kind kind = Kind::Fresh;
    mlir::Value value;     // Index, dims and elements
    int64_t position = 0;  // dim or flat element
    mlir::AffineExpr a, b; // Minimum, Maximum, Broadcast
    Interval range;
    mlir::AffineExpr replacement;
  };

  mlir::AffineExpr newSymbol(Symbol symbol);
  Symbol *symbolOf(mlir::AffineExpr expr);
  mlir::AffineExpr tensorDim(mlir::Value tensor, int64_t i);
  mlir::AffineExpr combine(Kind kind, mlir::AffineExpr a, mlir::AffineExpr b);
  /// Whether the value follows from the dims of the function's arguments.
  bool isKnownAtEntry(mlir::AffineExpr expr);
  /// Whether a is 1 exactly if b is.
  bool areOneTogether(mlir::AffineExpr a, mlir::AffineExpr b);
  /// Whether the expression holds a symbol that `isMatch`, in itself or in what it is a minimum, maximum or broadcast of; `asWritten`:
  /// without substitutions.
  bool dependsOn(mlir::AffineExpr expr, llvm::function_ref<bool(mlir::AffineExpr)> isMatch, bool asWritten = false);
  /// Whether the op at hand is inside a region that may not run.
  bool isNested();
  /// Whether the expression holds a symbol that does not say yet what it is.
  bool isFresh(mlir::AffineExpr expr);
  /// `kind` is that of the assumption, if it is not a fact.
  bool unify(mlir::AffineExpr a, mlir::AffineExpr b, bool isFact, ShapeAssumption::Kind kind = ShapeAssumption::equality);

  void visitRegion(mlir::Region &region);
  void visit(mlir::Operation *op);
  void enterScan(mlir::Operation *op);
  void leaveLoop(mlir::Operation *op);
  void followStacks(mlir::Operation *op, llvm::MutableArrayRef<ResultShape> shapes);
  void setDims(mlir::Value result, SymbolicDims dims);
  void setElements(mlir::Value result, std::optional<SymbolicDims> elements);
  mlir::AffineExpr interpret(mlir::Value value);
  mlir::Value build(mlir::AffineExpr expr, mlir::Location loc, bool asWritten);
  mlir::Value buildSymbol(unsigned position, mlir::Location loc, bool asWritten);

  mlir::Operation *root;
  bool hasVersions; // another version of the function serves unequal dims
  mlir::Operation *current = nullptr;
  std::vector<Symbol> symbols;
  llvm::DenseMap<mlir::Value, SymbolicDims> knownDims;
  llvm::DenseMap<mlir::Value, SymbolicDims> knownElements;
  llvm::DenseMap<mlir::Value, mlir::AffineExpr> knownScalars;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::AffineExpr> elementSymbols, dimSymbols;
  llvm::DenseMap<std::pair<unsigned, std::pair<mlir::AffineExpr, mlir::AffineExpr>>, mlir::AffineExpr> combined;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value, 2>> queried;
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> built[2]; // resolved, as written
  llvm::SmallVector<ShapeAssumption> guards;
  llvm::DenseMap<mlir::AffineExpr, Interval> knownBounds; // of minima and maxima, until a symbol changes
};

/// Elements of an elementwise op's integer result, by running its scalar body on expressions.
std::optional<SymbolicDims> elementwiseElements(ShapeScope &scope, mlir::Operation *op, llvm::ArrayRef<int64_t> dims);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_ANALYSIS_SYMBOLICSHAPES_H
