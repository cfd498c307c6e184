// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @no_callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected a dispatch function named @missing}}
  %0 = plan.dispatch @missing(%x : tensor<4xf32>) : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @no_kernel(%b: !plan.buffer, %c: index) {
  // expected-error @+1 {{expected a kernel named @missing}}
  plan.launch @missing grid(%c, %c, %c) scratch(%c) buffers(%b : !plan.buffer) {writes = array<i1: true>}
  return
}

// -----

func.func private @kernel_0()
func.func @launch_c1(%b: !plan.buffer, %c: index) {
  // expected-error @+1 {{expected 1 write flags, got 2}}
  plan.launch @kernel_0 grid(%c, %c, %c) scratch(%c) buffers(%b : !plan.buffer) {writes = array<i1: true, false>}
  return
}

// -----

func.func private @kernel_0()
func.func @launch_c2_buffer(%b: !plan.buffer, %c: index) {
  // expected-error @+1 {{expected tensor maps of 1 buffers, got one of buffer 1}}
  plan.launch @kernel_0 grid(%c, %c, %c) scratch(%c) buffers(%b : !plan.buffer) maps [#plan.tensor_map<1, f16, box = [64], swizzle = 0>](%c) {writes = array<i1: true>}
  return
}

// -----

func.func private @kernel_0()
func.func @launch_c2_values(%b: !plan.buffer, %c: index) {
  // expected-error @+1 {{expected 3 dims and strides of tensor maps, got 2}}
  plan.launch @kernel_0 grid(%c, %c, %c) scratch(%c) buffers(%b : !plan.buffer) maps [#plan.tensor_map<0, f16, box = [64, 8], swizzle = 128>](%c, %c) {writes = array<i1: true>}
  return
}

// -----

// expected-error @+1 {{expected rank 1 to 5, got 6}}
func.func private @tensor_map_c1() attributes {map = #plan.tensor_map<0, f16, box = [64, 1, 1, 1, 1, 1], swizzle = 0>}

// -----

// expected-error @+1 {{expected rank 3 to 5, got 6}}
func.func private @tensor_map_c1_images() attributes {map = #plan.tensor_map<0, f16, box = [64, 128], swizzle = 128 lower = [0, 0, 0, 0] upper = [0, 0, 0, 0]>}

// -----

// expected-error @+1 {{expected 1 to 256 elements along dim 1 of the box, got 257}}
func.func private @tensor_map_c2() attributes {map = #plan.tensor_map<0, f16, box = [64, 257], swizzle = 128>}

// -----

// expected-error @+1 {{expected a box of channels and pixels, got 3 dims}}
func.func private @tensor_map_c2_images() attributes {map = #plan.tensor_map<0, f16, box = [64, 8, 8], swizzle = 128 lower = [-1, -1] upper = [-1, -1]>}

// -----

// expected-error @+1 {{expected rows of the box of a multiple of 16 bytes, got 8}}
func.func private @tensor_map_c3() attributes {map = #plan.tensor_map<0, f16, box = [4, 8], swizzle = 0>}

// -----

// expected-error @+1 {{expected rows of the box no wider than the swizzle of 64 bytes, got 128}}
func.func private @tensor_map_c3_swizzle() attributes {map = #plan.tensor_map<0, f16, box = [64, 8], swizzle = 64>}

// -----

// expected-error @+1 {{expected swizzle 0, 32, 64 or 128, got 16}}
func.func private @tensor_map_c4() attributes {map = #plan.tensor_map<0, f16, box = [8, 8], swizzle = 16>}

// -----

// expected-error @+1 {{expected 2 steps, got 1}}
func.func private @tensor_map_c5() attributes {map = #plan.tensor_map<0, f16, box = [64, 8], swizzle = 128 step = [1]>}

// -----

// expected-error @+1 {{expected steps of 1 to 8, got 9}}
func.func private @tensor_map_c5_steps() attributes {map = #plan.tensor_map<0, f16, box = [64, 8], swizzle = 128 step = [1, 9]>}

// -----

// expected-error @+1 {{expected 2 upper corners, got 1}}
func.func private @tensor_map_c5_corners() attributes {map = #plan.tensor_map<0, f16, box = [64, 8], swizzle = 128 lower = [0, 0] upper = [0]>}

// -----

// expected-error @+1 {{expected elements of 1, 2, 4 or 8 bytes, got 'i24'}}
func.func private @tensor_map_element() attributes {map = #plan.tensor_map<0, i24, box = [64, 8], swizzle = 0>}

// -----

func.func @join_c1(%a: tensor<4xf32>, %c: index) -> tensor<4xf32> {
  // expected-error @+1 {{expected 1 offsets and flags, got 1 and 2}}
  %0 = plan.join %a at(%c) {direct = array<i1: true, false>} : tensor<4xf32> to tensor<4xf32>
  return %0 : tensor<4xf32>
}
