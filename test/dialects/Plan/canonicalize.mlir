// RUN: tenon-opt %s --canonicalize | FileCheck %s

// Memory that nothing uses is no memory.
// CHECK-LABEL: func.func @alloc
func.func @alloc(%n: index, %offset: index) -> !plan.buffer {
  // CHECK-NEXT: %[[USED:.*]] = plan.alloc
  %0 = plan.alloc %n
  %1 = plan.alloc %n
  %2 = plan.view %1[%offset] size %n
  // CHECK-NEXT: return %[[USED]]
  return %0 : !plan.buffer
}
