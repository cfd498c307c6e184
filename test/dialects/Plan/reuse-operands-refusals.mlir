// RUN: tenon-opt %s --plan-reuse-operands --remarks-filter=memory --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s

// CHECK: :[[#@LINE+2]]:{{.*}}NotReused {{.*}}Reason="the operand's memory is not the program's to write"
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = plan.dispatch @neg(%x : tensor<8xf32>) : tensor<8xf32>
  %1 = plan.dispatch @make(%0 : tensor<8xf32>) : tensor<8xf32>
  return %1 : tensor<8xf32>
}
func.func private @neg(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.neg %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @make(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotReused {{.*}}Reason="the operand is needed elsewhere"
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = plan.dispatch @make(%x : tensor<8xf32>) : tensor<8xf32>
  %1 = plan.dispatch @neg(%0 : tensor<8xf32>) : tensor<8xf32>
  %2 = plan.dispatch @add(%0, %1 : tensor<8xf32>, tensor<8xf32>) : tensor<8xf32>
  return %2 : tensor<8xf32>
}
func.func private @neg(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.neg %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @make(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @add(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.add %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// A part of the operand lives on.
// CHECK: :[[#@LINE+4]]:{{.*}}NotReused {{.*}}Reason="the operand is needed elsewhere"
func.func @main(%x: tensor<8xf32>, %c: index) -> tensor<8xf32> {
  %0 = plan.dispatch @make(%x : tensor<8xf32>) : tensor<8xf32>
  %p = plan.part %0[%c] : tensor<8xf32> to tensor<8xf32>
  %1 = plan.dispatch @neg(%0 : tensor<8xf32>) : tensor<8xf32>
  %2 = plan.dispatch @make(%p : tensor<8xf32>) : tensor<8xf32>
  %3 = plan.dispatch @add(%1, %2 : tensor<8xf32>, tensor<8xf32>) : tensor<8xf32>
  %4 = plan.dispatch @make(%3 : tensor<8xf32>) : tensor<8xf32>
  return %4 : tensor<8xf32>
}
func.func private @neg(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.neg %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @make(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @add(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.add %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK: :[[#@LINE+4]]:{{.*}}NotReused {{.*}}Reason="the operand is read twice"
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = plan.dispatch @make(%x : tensor<8xf32>) : tensor<8xf32>
  %1 = plan.reshape %0 : tensor<8xf32> to tensor<8xf32>
  %2 = plan.dispatch @add(%0, %1 : tensor<8xf32>, tensor<8xf32>) : tensor<8xf32>
  %3 = plan.dispatch @make(%2 : tensor<8xf32>) : tensor<8xf32>
  return %3 : tensor<8xf32>
}
func.func private @make(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @add(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.add %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotReused {{.*}}Reason="the result has a place of its own"
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = plan.dispatch @make(%x : tensor<8xf32>) : tensor<8xf32>
  %1 = plan.dispatch @neg(%0 : tensor<8xf32>) : tensor<8xf32>
  return %1 : tensor<8xf32>
}
func.func private @neg(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.neg %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @make(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotReused {{.*}}Reason="no operand has the result's type"
func.func @main(%x: tensor<8xf32>) -> tensor<8xf16> {
  %0 = plan.dispatch @make(%x : tensor<8xf32>) : tensor<8xf32>
  %1 = plan.dispatch @cast(%0 : tensor<8xf32>) : tensor<8xf16>
  return %1 : tensor<8xf16>
}
func.func private @make(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @cast(%x: tensor<8xf32>) -> tensor<8xf16> {
  %0 = infer.cast %x {to = f16} : (tensor<8xf32>) -> tensor<8xf16>
  return %0 : tensor<8xf16>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotReused {{.*}}Reason="the dims are not known to be equal"
func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>, %n: index, %m: index) -> tensor<?xf32> {
  %0 = plan.dispatch @make(%x : tensor<?xf32>) dims(%n) : tensor<?xf32>
  %1 = plan.dispatch @add(%0, %y : tensor<?xf32>, tensor<?xf32>) dims(%m) : tensor<?xf32>
  %2 = plan.dispatch @make(%1 : tensor<?xf32>) dims(%m) : tensor<?xf32>
  return %2 : tensor<?xf32>
}
func.func private @make(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = infer.cum_sum %x {axis = 0 : i64} : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func private @add(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %0 = infer.add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
