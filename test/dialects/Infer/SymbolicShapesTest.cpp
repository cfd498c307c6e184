// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the shape analysis knows of a function: equalities, bounds, elements, assumptions, and the index values that it makes.
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "lib/Compiler/Registration.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace tenon::infer;

namespace {

/// The analysis of a function. Values are found by the attribute `tag` of the op that makes them.
class SymbolicShapesTest : public testing::Test {
protected:
  SymbolicShapesTest() {
    DialectRegistry registry;
    tenon::registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  SymbolicShapes &analyse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    function = *module->getOps<func::FuncOp>().begin();
    shapes = std::make_unique<SymbolicShapes>(function);
    return *shapes;
  }

  Value find(StringRef tag) {
    Value found;
    function.walk([&](Operation *op) {
      if (auto name = op->getAttrOfType<StringAttr>("tag"); name && name.getValue() == tag)
        found = op->getResult(0);
    });
    EXPECT_TRUE(found) << tag.str();
    return found;
  }

  AffineExpr dim(StringRef tag, int64_t i) { return shapes->dim(find(tag), i); }
  AffineExpr argumentDim(unsigned argument, int64_t i) { return shapes->dim(function.getArgument(argument), i); }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  std::unique_ptr<SymbolicShapes> shapes;
};

TEST_F(SymbolicShapesTest, BindsDimsToTheirSymbols) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?x8xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
    %n = infer.symbolic_dim "n" [1, 16]
    infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
    infer.bind_shape %y, [%n], affine_map<()[s0] -> (s0 + 1)> : tensor<?xf32>
    return %y : tensor<?xf32>
  })");
  EXPECT_EQ(argumentDim(1, 0), s.add(argumentDim(0, 0), 1));
  EXPECT_FALSE(s.areEqual(argumentDim(0, 0), argumentDim(1, 0)));
  EXPECT_EQ(constantValue(s.dim(function.getArgument(0), 1)), 8);
  EXPECT_EQ(s.bounds(argumentDim(1, 0)).low, 2);
  EXPECT_EQ(s.bounds(argumentDim(1, 0)).high, 17);
}

TEST_F(SymbolicShapesTest, FollowsElementsFromShapeToReshape) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?x8xf32>) -> tensor<?x?xf32> {
    %s = infer.shape %x {tag = "shape"} : (tensor<?x8xf32>) -> tensor<2xi64>
    %i = infer.constant dense<0> : tensor<1xi64>
    %0 = infer.gather %s, %i {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>) -> tensor<1xi64>
    %two = infer.constant dense<2> : tensor<1xi64>
    %rows = infer.mul %0, %two : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
    %rest = infer.constant dense<-1> : tensor<1xi64>
    %to = infer.concat %rows, %rest {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
    %y = infer.reshape %x, %to {tag = "y"} : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
    return %y : tensor<?x?xf32>
  })");
  auto elements = s.elements(find("shape"));
  ASSERT_TRUE(elements);
  EXPECT_EQ((*elements)[0], argumentDim(0, 0));
  EXPECT_EQ(constantValue((*elements)[1]), 8);
  EXPECT_EQ(dim("y", 0), s.mul(argumentDim(0, 0), 2));
  EXPECT_EQ(constantValue(s.dim(find("y"), 1)), 4);
}

TEST_F(SymbolicShapesTest, TakesUnknownDimsThatBroadcastToBeEqualInOneVersion) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> attributes {infer.general = @g} {
    %z = infer.add %x, %y {tag = "z"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    return %z : tensor<?xf32>
  })");
  EXPECT_EQ(argumentDim(0, 0), argumentDim(1, 0));
  EXPECT_EQ(dim("z", 0), argumentDim(0, 0));
  ASSERT_EQ(s.assumptions().size(), 1u);
  EXPECT_NE(s.assumptions()[0].a, s.assumptions()[0].b);
  EXPECT_EQ(s.assumptions()[0].kind, ShapeAssumption::version);
}

TEST_F(SymbolicShapesTest, KeepsUnknownDimsThatBroadcastApart) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
    %z = infer.add %x, %y {tag = "z"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    %w = infer.add %z, %x {tag = "w"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    return %w : tensor<?xf32>
  })");
  EXPECT_NE(argumentDim(0, 0), argumentDim(1, 0));
  EXPECT_NE(dim("z", 0), argumentDim(0, 0));
  EXPECT_EQ(dim("w", 0), dim("z", 0)) << "what x broadcast to holds x already";
  ASSERT_FALSE(s.assumptions().empty());
  EXPECT_EQ(s.assumptions()[0].kind, ShapeAssumption::broadcast);
}

TEST_F(SymbolicShapesTest, EquatesDimsOfWhichNeitherIsOneAlone) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?xf32>, %t: tensor<512xf32>) -> tensor<?xf32> {
    %zero = infer.constant dense<0> : tensor<1xi64>
    %n = infer.shape %x : (tensor<?xf32>) -> tensor<1xi64>
    %p = infer.slice %t, %zero, %n {axes = array<i64: 0>} : (tensor<512xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
    %z = infer.add %x, %p {tag = "z"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    return %z : tensor<?xf32>
  })");
  EXPECT_EQ(dim("z", 0), argumentDim(0, 0)) << "min(n, 512) is 1 exactly if n is";
  ASSERT_EQ(s.assumptions().size(), 1u);
  EXPECT_EQ(s.assumptions()[0].kind, ShapeAssumption::equality);
}

TEST_F(SymbolicShapesTest, AssumesNothingInABranch) {
  SymbolicShapes &s = analyse(R"(func.func @f(%c: tensor<i1>, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32>
      attributes {infer.general = @g} {
    %r = infer.if %c {
      %z = infer.add %x, %y {tag = "z"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      infer.yield %z : tensor<?xf32>
    } else {
      infer.yield %x : tensor<?xf32>
    } {tag = "r"} : (tensor<i1>) -> tensor<?xf32>
    return %r : tensor<?xf32>
  })");
  ASSERT_EQ(s.assumptions().size(), 1u);
  EXPECT_EQ(s.assumptions()[0].kind, ShapeAssumption::broadcast);
  EXPECT_NE(argumentDim(1, 0), argumentDim(2, 0));
  EXPECT_NE(dim("z", 0), argumentDim(1, 0));
  EXPECT_TRUE(s.isDimOf(dim("r", 0), find("r"))) << "which branch ran is known behind it only";
}

TEST_F(SymbolicShapesTest, DecidesMinimaByBounds) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
    %n = infer.symbolic_dim "n" [1, 16]
    %m = infer.symbolic_dim "m" [8, 32]
    infer.bind_shape %x, [%n, %m], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xf32>
    return %x : tensor<?x?xf32>
  })");
  AffineExpr n = argumentDim(0, 0), m = argumentDim(0, 1), both = s.minimum(n, m);
  EXPECT_EQ(s.minimum(n, s.constant(16)), n);
  EXPECT_EQ(s.maximum(n, s.constant(0)), n);
  EXPECT_EQ(s.minimum(n, s.constant(0)), s.constant(0));
  EXPECT_EQ(both, s.minimum(m, n)) << "one symbol, whatever the order";
  EXPECT_EQ(s.bounds(both).low, 1);
  EXPECT_EQ(s.bounds(both).high, 16);
  EXPECT_EQ(s.maximum(m, s.add(m, -3)), m);
}

TEST_F(SymbolicShapesTest, RefusesWhatCannotBeEqual) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
    %n = infer.symbolic_dim "n" [1, 16]
    infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>
    return %x : tensor<?xf32>
  })");
  EXPECT_FALSE(s.equate(s.constant(3), s.constant(4)));
  EXPECT_FALSE(s.equate(argumentDim(0, 0), s.constant(17)));
  EXPECT_FALSE(s.equate(argumentDim(0, 0), s.add(argumentDim(0, 0), 1)));
  EXPECT_TRUE(s.equate(argumentDim(0, 0), s.constant(7)));
  EXPECT_EQ(constantValue(s.dim(function.getArgument(0), 0)), 7);
}

TEST_F(SymbolicShapesTest, ReadsBackWhatTheDeviceComputes) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<1xi64>, %v: tensor<1xf32>) -> tensor<?xf32> {
    %y = infer.expand %v, %x {tag = "y"} : (tensor<1xf32>, tensor<1xi64>) -> tensor<?xf32>
    return %y : tensor<?xf32>
  })");
  EXPECT_TRUE(s.needsReadBack((*s.elements(function.getArgument(0)))[0]));
  EXPECT_EQ(s.shapeOperands(find("y").getDefiningOp()).size(), 1u);
  EXPECT_FALSE(s.needsReadBack(s.constant(1)));
}

TEST_F(SymbolicShapesTest, MakesOneValueForAnExpression) {
  SymbolicShapes &s = analyse(R"(func.func @f(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
    %n = infer.symbolic_dim "n" [1, 16]
    infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>
    %z = infer.concat %x, %y {axis = 0 : i64, tag = "z"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    return %z : tensor<?xf32>
  })");
  Value sum = s.materializeDim(find("z"), 0);
  ASSERT_TRUE(sum);
  EXPECT_TRUE(sum.getDefiningOp<arith::AddIOp>());
  EXPECT_EQ(s.materialize(s.add(argumentDim(0, 0), argumentDim(1, 0)), function.getLoc()), sum);
  EXPECT_TRUE(s.materializeDim(function.getArgument(0), 0).getDefiningOp<SymbolicDimOp>());
  EXPECT_TRUE(s.materializeDim(function.getArgument(1), 0).getDefiningOp<tensor::DimOp>());
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(SymbolicShapesTest, KeepsDimsThatALoopLeavesAlone) {
  SymbolicShapes &s = analyse(R"(func.func @f(%n: tensor<i64>, %x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
    %r:2 = infer.loop trip(%n) init(%x, %x) {
    ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<?xf32>, %b: tensor<?xf32>):
      %c = infer.neg %a {tag = "same"} : (tensor<?xf32>) -> tensor<?xf32>
      %d = infer.concat %b, %a {axis = 0 : i64, tag = "grown"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      infer.yield %go, %c, %d : tensor<i1>, tensor<?xf32>, tensor<?xf32>
    } {tag = "loop"} : (tensor<i64>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
    return %r#0, %r#1 : tensor<?xf32>, tensor<?xf32>
  })");
  Operation *loop = find("loop").getDefiningOp();
  AffineExpr first = argumentDim(1, 0);
  EXPECT_EQ(dim("same", 0), first);
  EXPECT_EQ(s.dim(loop->getResult(0), 0), first);
  EXPECT_NE(dim("grown", 0), s.mul(first, 2));
  EXPECT_TRUE(s.isDimOf(s.dim(loop->getResult(1), 0), loop->getResult(1)));
}

TEST_F(SymbolicShapesTest, KnowsStatesAndSlicesOfAScan) {
  SymbolicShapes &s = analyse(R"(func.func @f(%v: tensor<?xf32>, %x: tensor<?x?xf32>) -> (tensor<?xf32>, tensor<?x?xf32>) {
    %n = infer.symbolic_dim "n" [1, 16]
    infer.bind_shape %v, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>
    %r:2 = infer.scan %v, %x {
    ^bb0(%a: tensor<?xf32>, %b: tensor<?xf32>):
      %c = infer.neg %a {tag = "state"} : (tensor<?xf32>) -> tensor<?xf32>
      %d = infer.neg %b {tag = "slice"} : (tensor<?xf32>) -> tensor<?xf32>
      infer.yield %c, %d : tensor<?xf32>, tensor<?xf32>
    } {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, tag = "scan"} : (tensor<?xf32>, tensor<?x?xf32>) -> (tensor<?xf32>, tensor<?x?xf32>)
    return %r#0, %r#1 : tensor<?xf32>, tensor<?x?xf32>
  })");
  EXPECT_EQ(dim("state", 0), argumentDim(0, 0));
  EXPECT_EQ(dim("slice", 0), argumentDim(1, 0));
  EXPECT_EQ(s.dim(find("scan").getDefiningOp()->getResult(1), 0), argumentDim(1, 1));
}

} // namespace
