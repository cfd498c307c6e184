// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @add_c1(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expected operand shapes that broadcast, got operand 1 of type 'tensor<2xf32>' after operand 0 of type 'tensor<2x3xf32>'}}
  %0 = "infer.add"(%x, %y) : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @add_c2(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  %0 = infer.add %x, %y : (tensor<2xf32>, tensor<2xf16>) -> tensor<2xf32>
  return
}

// -----

func.func @add_c3(%x: tensor<2x1xf32>, %y: tensor<3xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2x3xf32>' are incompatible with return type(s) of operation 'tensor<2x4xf32>'}}
  %0 = infer.add %x, %y : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @less_c3(%x: tensor<2xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2xi1>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  %0 = infer.less %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @where_c2(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xf64>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f64'}}
  %0 = infer.where %c, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xf64>) -> tensor<2xf32>
  return
}

// -----

func.func @clip_c2(%x: tensor<2xf32>, %lo: tensor<2xf32>) {
  // expected-error @below {{expected 'min' of one element, got 'tensor<2xf32>'}}
  %0 = infer.clip %x min %lo : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @cast_c1(%x: tensor<2xf32>) {
  // expected-error @below {{expected 'to' to be a bool, integer, floating-point or float8 type, got 'si7'}}
  %0 = infer.cast %x {to = si7} : (tensor<2xf32>) -> tensor<2xsi7>
  return
}

// -----

func.func @relu_unsigned(%x: tensor<2xui8>) {
  // expected-error @below {{operand #0 must be ranked tensor of 16-bit float or bfloat16 type or 32-bit float or 64-bit float or 8-bit signless integer or 16-bit signless integer or 32-bit signless integer or 64-bit signless integer values, but got 'tensor<2xui8>'}}
  %0 = infer.relu %x : (tensor<2xui8>) -> tensor<2xui8>
  return
}

// -----

func.func @shift_direction(%x: tensor<2xui8>) {
  // expected-error @below {{attribute 'direction' failed to satisfy constraint: string attribute LEFT or RIGHT}}
  %0 = infer.bit_shift %x, %x {direction = "UP"} : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  return
}

// -----

func.func @too_many_elements(%x: tensor<1099511627776x1xf32>, %y: tensor<1x1099511627776xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{the result has more elements than 64 bits can count}}
  %0 = infer.add %x, %y : (tensor<1099511627776x1xf32>, tensor<1x1099511627776xf32>) -> tensor<1099511627776x1099511627776xf32>
  return
}

// -----

func.func @abs_c1(%x: tensor<2xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<2xf16>'}}
  %0 = infer.abs %x : (tensor<2xf32>) -> tensor<2xf16>
  return
}

// -----

func.func @is_inf_c1(%x: tensor<2xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2xi1>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  %0 = infer.is_inf %x : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @clip_c1(%x: tensor<2xf32>, %lo: tensor<f16>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  %0 = infer.clip %x min %lo : (tensor<2xf32>, tensor<f16>) -> tensor<2xf32>
  return
}

// -----

func.func @clip_c3(%x: tensor<2xf32>, %lo: tensor<f32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  %0 = infer.clip %x min %lo : (tensor<2xf32>, tensor<f32>) -> tensor<3xf32>
  return
}

// -----

func.func @where_c3(%c: tensor<2x1xi1>, %x: tensor<3xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2x3xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  %0 = infer.where %c, %x, %x : (tensor<2x1xi1>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @pow_c2(%x: tensor<2xf32>, %y: tensor<2xi1>) {
  // expected-error @below {{operand #1 must be ranked tensor of}}
  %0 = infer.pow %x, %y : (tensor<2xf32>, tensor<2xi1>) -> tensor<2xf32>
  return
}

// -----

func.func @pow_c3(%x: tensor<2xf32>, %y: tensor<2xi64>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<2xi64>'}}
  %0 = infer.pow %x, %y : (tensor<2xf32>, tensor<2xi64>) -> tensor<2xi64>
  return
}

// -----

func.func @celu_c1(%x: tensor<2xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  %0 = infer.celu %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @prelu_c1(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expected operand shapes that broadcast, got operand 1 of type 'tensor<2xf32>' after operand 0 of type 'tensor<2x3xf32>'}}
  %0 = infer.prelu %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @prelu_c2(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  %0 = infer.prelu %x, %y : (tensor<2xf32>, tensor<2xf16>) -> tensor<2xf32>
  return
}

// -----

func.func @prelu_c3(%x: tensor<2xf32>, %y: tensor<2x1xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<2x2xf32>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  %0 = infer.prelu %x, %y : (tensor<2xf32>, tensor<2x1xf32>) -> tensor<2xf32>
  return
}
