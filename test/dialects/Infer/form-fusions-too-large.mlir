// RUN: tenon-opt %s --infer-form-fusions --remarks-filter=fusion --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s

!t = tensor<4xf32>

// A dispatch has at most 48 ops: the next one begins another.
// CHECK-NOT: NotFused
// CHECK: :[[#@LINE+15]]:{{.*}}NotFused {{.*}}Consumer=infer.neg, {{.*}}Reason="the dispatch would be too large"
// CHECK-NOT: NotFused
func.func @no_long_chain(%x0: !t) -> !t {
  %x1 = infer.exp %x0 : (!t) -> !t %x2 = infer.exp %x1 : (!t) -> !t %x3 = infer.exp %x2 : (!t) -> !t %x4 = infer.exp %x3 : (!t) -> !t
  %x5 = infer.exp %x4 : (!t) -> !t %x6 = infer.exp %x5 : (!t) -> !t %x7 = infer.exp %x6 : (!t) -> !t %x8 = infer.exp %x7 : (!t) -> !t
  %x9 = infer.exp %x8 : (!t) -> !t %x10 = infer.exp %x9 : (!t) -> !t %x11 = infer.exp %x10 : (!t) -> !t %x12 = infer.exp %x11 : (!t) -> !t
  %x13 = infer.exp %x12 : (!t) -> !t %x14 = infer.exp %x13 : (!t) -> !t %x15 = infer.exp %x14 : (!t) -> !t %x16 = infer.exp %x15 : (!t) -> !t
  %x17 = infer.exp %x16 : (!t) -> !t %x18 = infer.exp %x17 : (!t) -> !t %x19 = infer.exp %x18 : (!t) -> !t %x20 = infer.exp %x19 : (!t) -> !t
  %x21 = infer.exp %x20 : (!t) -> !t %x22 = infer.exp %x21 : (!t) -> !t %x23 = infer.exp %x22 : (!t) -> !t %x24 = infer.exp %x23 : (!t) -> !t
  %x25 = infer.exp %x24 : (!t) -> !t %x26 = infer.exp %x25 : (!t) -> !t %x27 = infer.exp %x26 : (!t) -> !t %x28 = infer.exp %x27 : (!t) -> !t
  %x29 = infer.exp %x28 : (!t) -> !t %x30 = infer.exp %x29 : (!t) -> !t %x31 = infer.exp %x30 : (!t) -> !t %x32 = infer.exp %x31 : (!t) -> !t
  %x33 = infer.exp %x32 : (!t) -> !t %x34 = infer.exp %x33 : (!t) -> !t %x35 = infer.exp %x34 : (!t) -> !t %x36 = infer.exp %x35 : (!t) -> !t
  %x37 = infer.exp %x36 : (!t) -> !t %x38 = infer.exp %x37 : (!t) -> !t %x39 = infer.exp %x38 : (!t) -> !t %x40 = infer.exp %x39 : (!t) -> !t
  %x41 = infer.exp %x40 : (!t) -> !t %x42 = infer.exp %x41 : (!t) -> !t %x43 = infer.exp %x42 : (!t) -> !t %x44 = infer.exp %x43 : (!t) -> !t
  %x45 = infer.exp %x44 : (!t) -> !t %x46 = infer.exp %x45 : (!t) -> !t %x47 = infer.exp %x46 : (!t) -> !t %x48 = infer.exp %x47 : (!t) -> !t
  %y = infer.neg %x48 : (!t) -> !t
  return %y : !t
}

// -----

!t = tensor<4xf32>

// Two chains of 24 ops and the op that joins them are one too many: it joins one of them.
// CHECK: :[[#@LINE+15]]:{{.*}}] Fused {{.*}}Consumer=infer.add
// CHECK: :[[#@LINE+14]]:{{.*}}NotFused {{.*}}Consumer=infer.add, {{.*}}Reason="the dispatch would be too large"
func.func @no_join_of_long_chains(%x0: !t, %y0: !t) -> !t {
  %x1 = infer.exp %x0 : (!t) -> !t %x2 = infer.exp %x1 : (!t) -> !t %x3 = infer.exp %x2 : (!t) -> !t %x4 = infer.exp %x3 : (!t) -> !t
  %x5 = infer.exp %x4 : (!t) -> !t %x6 = infer.exp %x5 : (!t) -> !t %x7 = infer.exp %x6 : (!t) -> !t %x8 = infer.exp %x7 : (!t) -> !t
  %x9 = infer.exp %x8 : (!t) -> !t %x10 = infer.exp %x9 : (!t) -> !t %x11 = infer.exp %x10 : (!t) -> !t %x12 = infer.exp %x11 : (!t) -> !t
  %x13 = infer.exp %x12 : (!t) -> !t %x14 = infer.exp %x13 : (!t) -> !t %x15 = infer.exp %x14 : (!t) -> !t %x16 = infer.exp %x15 : (!t) -> !t
  %x17 = infer.exp %x16 : (!t) -> !t %x18 = infer.exp %x17 : (!t) -> !t %x19 = infer.exp %x18 : (!t) -> !t %x20 = infer.exp %x19 : (!t) -> !t
  %x21 = infer.exp %x20 : (!t) -> !t %x22 = infer.exp %x21 : (!t) -> !t %x23 = infer.exp %x22 : (!t) -> !t %x24 = infer.exp %x23 : (!t) -> !t
  %y1 = infer.exp %y0 : (!t) -> !t %y2 = infer.exp %y1 : (!t) -> !t %y3 = infer.exp %y2 : (!t) -> !t %y4 = infer.exp %y3 : (!t) -> !t
  %y5 = infer.exp %y4 : (!t) -> !t %y6 = infer.exp %y5 : (!t) -> !t %y7 = infer.exp %y6 : (!t) -> !t %y8 = infer.exp %y7 : (!t) -> !t
  %y9 = infer.exp %y8 : (!t) -> !t %y10 = infer.exp %y9 : (!t) -> !t %y11 = infer.exp %y10 : (!t) -> !t %y12 = infer.exp %y11 : (!t) -> !t
  %y13 = infer.exp %y12 : (!t) -> !t %y14 = infer.exp %y13 : (!t) -> !t %y15 = infer.exp %y14 : (!t) -> !t %y16 = infer.exp %y15 : (!t) -> !t
  %y17 = infer.exp %y16 : (!t) -> !t %y18 = infer.exp %y17 : (!t) -> !t %y19 = infer.exp %y18 : (!t) -> !t %y20 = infer.exp %y19 : (!t) -> !t
  %y21 = infer.exp %y20 : (!t) -> !t %y22 = infer.exp %y21 : (!t) -> !t %y23 = infer.exp %y22 : (!t) -> !t %y24 = infer.exp %y23 : (!t) -> !t
  %z = infer.add %x24, %y24 : (!t, !t) -> !t
  return %z : !t
}
