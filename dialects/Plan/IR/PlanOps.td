// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host program: what is stored where, launched, copied and read back. Scalars are `index` values computed with arith;
// control flow is scf.if and scf.while.

#ifndef TENON_DIALECTS_PLAN_IR_PLANOPS_TD
#define TENON_DIALECTS_PLAN_IR_PLANOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::tenon::plan";
  let summary = "Host programs over planned memory";
  let description = [{
    Written twice in the pipeline: over tensors (`plan.dispatch` between ops that only compute shapes) and, once kernels exist, over
    `!plan.buffer` values (`plan.alloc`, `plan.launch`, ...), which the engine writer turns into instructions one by one.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

def Plan_BufferType : TypeDef<Plan_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "contiguous device memory whose size the host knows";
}

def Plan_TensorMapAttr : AttrDef<Plan_Dialect, "TensorMap"> {
  let mnemonic = "tensor_map";
  let summary = "descriptor with which a kernel's tile loads and stores find their place in a buffer";
  let description = [{
    Describes buffer number `buffer` of a launch, seen as a tensor of `element`, to the GPU's tile copies. `box` is the tile, elements along
    each dim, innermost first; `swizzle` the width in bytes of the pattern that its rows are permuted by in shared memory (0: none); `step`
    the distance between neighbouring elements of the tile along each dim (empty: 1). With `lower` and `upper`, the corners of the bounding box
    of filter positions along each spatial dim, it is an im2col map: `box` then holds channels and pixels, and the tensor's
    dims are channels, the spatial dims, and the batch. Sizes and strides are operands of the launch. Source: CUDA driver API, cuTensorMapEncodeTiled and
    cuTensorMapEncodeIm2col.

    Constraints:
    - (C1) The rank is 1 to 5, for im2col maps 3 to 5.
    - (C2) Tiled: `box` holds 1 to 256 elements per dim. Im2col: 1 to 256 channels and 1 to 1024 pixels.
    - (C3) The innermost dim of the box is a multiple of 16 bytes, and no wider than `swizzle` if that is not 0.
    - (C4) `swizzle` is 0, 32, 64 or 128.
    - (C5) `step` is empty or holds 1 to 8 per dim; `lower` and `upper` have one number per spatial dim.

    Example:
    ```mlir
    #a = #plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>
    ```
  }];
  let parameters = (ins "unsigned":$buffer, "::mlir::Type":$element, ArrayRefParameter<"int64_t">:$box, "int64_t":$swizzle,
                        OptionalArrayRefParameter<"int64_t">:$step, OptionalArrayRefParameter<"int64_t">:$lower,
                        OptionalArrayRefParameter<"int64_t">:$upper);
  let assemblyFormat = [{
    `<` $buffer `,` $element `,` `box` `=` `[` $box `]` `,` `swizzle` `=` $swizzle (`step` `=` `[` $step^ `]`)?
    (`lower` `=` `[` $lower^ `]` `upper` `=` `[` $upper `]`)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Dims of the tensor.
    unsigned getRank() const { return getLower().empty() ? getBox().size() : getLower().size() + 2; }
    /// Operands that a launch gives for it: every dim in elements, then every stride but the innermost in bytes, innermost first.
    unsigned getNumValues() const { return 2 * getRank() - 1; }
  }];
}

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;

def Plan_DispatchOp : Plan_Op<"dispatch", [AttrSizedOperandSegments, Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "call of a dispatch function on tensors";
  let description = [{
    Runs function `callee` on the device. `result_dims` holds, in order, the value of every dynamic dimension of every result.

    Example:
    ```mlir
    %r = plan.dispatch @relu(%x, %n : tensor<?x8xf32>, index) dims(%n) : tensor<?x8xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$inputs, Variadic<Index>:$result_dims);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$callee `(` ($inputs^ `:` type($inputs))? `)` (`dims` `(` $result_dims^ `)`)? attr-dict (`:` type($results)^)?";
}

def Plan_HostDispatchOp : Plan_Op<"host_dispatch", [AttrSizedOperandSegments, Pure]> {
  let summary = "call of a function of the runtime on tensors";
  let description = [{
    Function `callee` of the runtime (runtime/program/HostFunctions.h) computes the results, on the host and in its memory, from `inputs`, which
    have elements of `element_type`, and numbers. `result_dims` holds, in order, the value of every dynamic dimension of every result.

    Example:
    ```mlir
    %r = plan.host_dispatch "unique"(%x : tensor<?xf32>) scalars(%n) as f32 dims(%n) : tensor<?xf32>
    ```
  }];
  let arguments = (ins StrAttr:$callee, Variadic<AnyRankedTensor>:$inputs, Variadic<Index>:$scalars, TypeAttr:$element_type,
                   Variadic<Index>:$result_dims);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $callee `(` ($inputs^ `:` type($inputs))? `)` (`scalars` `(` $scalars^ `)`)? `as` $element_type (`dims` `(` $result_dims^ `)`)?
    attr-dict (`:` type($results)^)?
  }];
}

def Plan_ReshapeOp : Plan_Op<"reshape", [Pure]> {
  let summary = "tensor with the same elements and other dimensions";
  let description = [{
    The elements of `source` in the same row-major order under the result's shape; costs nothing. `result_dims` holds, in order, the value of
    every dynamic dimension of the result.

    Example:
    ```mlir
    %r = plan.reshape %x dims(%n) : tensor<?x8xf32> to tensor<?x2x4xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$source, Variadic<Index>:$result_dims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$source (`dims` `(` $result_dims^ `)`)? attr-dict `:` type($source) `to` type($result)";
}

def Plan_PartOp : Plan_Op<"part", [Pure]> {
  let summary = "consecutive elements of a tensor";
  let description = [{
    As many elements of `source` as the result has, from number `offset` on in row-major order; shares memory with `source`, so it costs
    nothing. `result_dims` holds, in order, the value of every dynamic dimension of the result.

    Example:
    ```mlir
    %r = plan.part %x[%offset] dims(%n) : tensor<?x8xf32> to tensor<?x8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$source, Index:$offset, Variadic<Index>:$result_dims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$source `[` $offset `]` (`dims` `(` $result_dims^ `)`)? attr-dict `:` type($source) `to` type($result)";
}

def Plan_JoinOp : Plan_Op<"join", [AttrSizedOperandSegments, Pure]> {
  let summary = "tensors one after the other in memory";
  let description = [{
    The elements of part i stand from number `offsets`[i] of the result on, in row-major order; parts do not overlap. What computes a part that is `direct` writes into
    the result's memory if the host knows the result's size by then; other parts are copied. `result_dims` holds, in order, the value of every dynamic
    dimension of the result.

    Constraints:
    - (C1) There is one offset and one flag per part.

    Example:
    ```mlir
    %r = plan.join %a, %b at(%c0, %c8) dims(%n) {direct = array<i1: true, false>} : tensor<1x8xf32>, tensor<?x8xf32> to tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$parts, Variadic<Index>:$offsets, Variadic<Index>:$result_dims,
                       DenseBoolArrayAttr:$direct);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $parts `at` `(` $offsets `)` (`dims` `(` $result_dims^ `)`)? attr-dict `:` type($parts) `to` type($result)
  }];
  let hasVerifier = 1;
}

def Plan_AllocOp : Plan_Op<"alloc"> {
  let summary = "device memory of a size";
  let description = [{
    `bytes` of memory, aligned to 64. With `pool` its size is known only while the program runs; else the planner gives it a place in the arena.

    Example:
    ```mlir
    %b = plan.alloc %bytes
    ```
  }];
  let arguments = (ins Index:$bytes, UnitAttr:$pool);
  // An effect on the result alone: memory that nothing uses is no memory.
  let results = (outs Res<Plan_BufferType, "", [MemAlloc]>:$result);
  let assemblyFormat = "$bytes attr-dict";
}

def Plan_ConstantOp : Plan_Op<"constant", [Pure]> {
  let summary = "constant in the engine's segments";
  let description = [{
    Memory that holds constant number `index` of the module's constant list.

    Example:
    ```mlir
    %w = plan.constant 3
    ```
  }];
  let arguments = (ins I64Attr:$index);
  let results = (outs Plan_BufferType:$result);
  let assemblyFormat = "$index attr-dict";
}

def Plan_ViewOp : Plan_Op<"view", [Pure]> {
  let summary = "part of a buffer";
  let description = [{
    `bytes` of `source` from byte `offset`; shares memory with it.

    Example:
    ```mlir
    %v = plan.view %b[%offset] size %bytes
    ```
  }];
  let arguments = (ins Plan_BufferType:$source, Index:$offset, Index:$bytes);
  let results = (outs Plan_BufferType:$result);
  let assemblyFormat = "$source `[` $offset `]` `size` $bytes attr-dict";
}

def Plan_LaunchOp : Plan_Op<"launch", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "launch of a kernel over a grid of workgroups";
  let description = [{
    Runs `kernel` once for every workgroup id of the grid. Buffers are base addresses (memrefs before the host program is lowered,
    `!plan.buffer` after); `writes` says which of them the kernel writes; `scratch` is bytes per workgroup. `maps` are tensor maps of
    its buffers, whose dims and strides are `map_values`, one map after the other.

    Constraints:
    - (C1) There is one write flag per buffer.
    - (C2) Every tensor map names a buffer of the launch, and `map_values` has as many values as the maps ask for.

    Example:
    ```mlir
    plan.launch @relu_0 grid(%g, %c1, %c1) scratch(%c0) buffers(%a, %b : !plan.buffer, !plan.buffer) scalars(%n) {writes = array<i1: false, true>}
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Index:$grid_x, Index:$grid_y, Index:$grid_z, Index:$scratch,
                   Variadic<AnyType>:$buffers, Variadic<Index>:$scalars, Variadic<Index>:$map_values, DenseBoolArrayAttr:$writes,
                   OptionalAttr<TypedArrayAttrBase<Plan_TensorMapAttr, "tensor maps">>:$maps);
  let assemblyFormat = [{
    $kernel `grid` `(` $grid_x `,` $grid_y `,` $grid_z `)` `scratch` `(` $scratch `)` `buffers` `(` ($buffers^ `:` type($buffers))? `)`
    (`scalars` `(` $scalars^ `)`)? (`maps` $maps^ `(` $map_values `)`)? attr-dict
  }];
  let extraClassDeclaration = [{
    ::llvm::SmallVector<TensorMapAttr> getTensorMaps() {
      auto range = getMapsAttr() ? getMapsAttr().getValue() : ::llvm::ArrayRef<::mlir::Attribute>();
      return ::llvm::map_to_vector(range, [](::mlir::Attribute map) { return ::llvm::cast<TensorMapAttr>(map); });
    }
  }];
  let hasVerifier = 1;
}

def Plan_HostCallOp : Plan_Op<"host_call", [AttrSizedOperandSegments]> {
  let summary = "call of a function of the runtime";
  let description = [{
    Waits for the device and calls function `callee` of the runtime, which reads `inputs` and writes `outputs`. Memory that the host cannot
    reach is copied there and back.

    Example:
    ```mlir
    plan.host_call "unique"(%x) to(%y, %n) scalars(%size) as f32
    ```
  }];
  let arguments = (ins StrAttr:$callee, Variadic<Plan_BufferType>:$inputs, Variadic<Plan_BufferType>:$outputs, Variadic<Index>:$scalars,
                   TypeAttr:$element_type);
  let assemblyFormat = "$callee `(` $inputs `)` `to` `(` $outputs `)` (`scalars` `(` $scalars^ `)`)? `as` $element_type attr-dict";
}

def Plan_CopyOp : Plan_Op<"copy"> {
  let summary = "copy between buffers";
  let description = [{
    Copies `bytes` from the start of `source` to the start of `target`.

    Example:
    ```mlir
    plan.copy %a to %b size %bytes
    ```
  }];
  let arguments = (ins Plan_BufferType:$source, Plan_BufferType:$target, Index:$bytes);
  let assemblyFormat = "$source `to` $target `size` $bytes attr-dict";
}

def Plan_WriteScalarsOp : Plan_Op<"write_scalars"> {
  let summary = "host integers into a small tensor";
  let description = [{
    Writes `values`, converted to `element_type`, to the elements of `target` from 0 on.

    Example:
    ```mlir
    plan.write_scalars %n, %m to %b as i64
    ```
  }];
  let arguments = (ins Variadic<Index>:$values, Plan_BufferType:$target, TypeAttr:$element_type);
  let assemblyFormat = "$values `to` $target `as` $element_type attr-dict";
}

def Plan_ReadScalarOp : Plan_Op<"read_scalar"> {
  let summary = "element read back by the host";
  let description = [{
    Waits for the device and reads element `index` of `source` as an integer. `reason` names the ONNX node that needs it.

    Example:
    ```mlir
    %n = plan.read_scalar %b[%c0] as i64 {reason = "NonZero_12"}
    ```
  }];
  let arguments = (ins Plan_BufferType:$source, Index:$index, TypeAttr:$element_type, DefaultValuedStrAttr<StrAttr, "">:$reason);
  let results = (outs Index:$result);
  let assemblyFormat = "$source `[` $index `]` `as` $element_type attr-dict";
}

def Plan_InputDimOp : Plan_Op<"input_dim", [Pure]> {
  let summary = "dimension of a model input";
  let description = [{
    Size of dimension `axis` of model input number `input`, as the caller bound it.

    Example:
    ```mlir
    %n = plan.input_dim 0[1]
    ```
  }];
  let arguments = (ins I64Attr:$input, I64Attr:$axis);
  let results = (outs Index:$result);
  let assemblyFormat = "$input `[` $axis `]` attr-dict";
}

def Plan_SymbolOp : Plan_Op<"symbol"> {
  let summary = "dimension that the model names";
  let description = [{
    The dimension called `name` has size `value`, which must lie in [`minimum`, `maximum`] when inputs are bound.

    Example:
    ```mlir
    plan.symbol "batch"[1, 64] = %n
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$minimum, I64Attr:$maximum, Index:$value);
  let assemblyFormat = "$name `[` $minimum `,` $maximum `]` `=` $value attr-dict";
}

def Plan_OutputBufferOp : Plan_Op<"output_buffer", [Pure]> {
  let summary = "caller's memory of a model output";
  let description = [{
    The `bytes` that the caller gave for model output number `output`, whose size follows from the input dims.

    Example:
    ```mlir
    %b = plan.output_buffer 0 size %bytes
    ```
  }];
  let arguments = (ins I64Attr:$output, Index:$bytes);
  let results = (outs Plan_BufferType:$result);
  let assemblyFormat = "$output `size` $bytes attr-dict";
}

def Plan_OutputOp : Plan_Op<"output"> {
  let summary = "value of a model output";
  let description = [{
    Model output number `output` is in `buffer` and has dimensions `dims` (all of them, in order). The buffer is the output's own
    (`plan.output_buffer`), or memory of a pool whose size was known only during the run.

    Example:
    ```mlir
    plan.output 0, %b dims(%n, %c8)
    ```
  }];
  let arguments = (ins I64Attr:$output, Plan_BufferType:$buffer, Variadic<Index>:$dims);
  let assemblyFormat = "$output `,` $buffer (`dims` `(` $dims^ `)`)? attr-dict";
}

def Plan_GuardOp : Plan_Op<"guard"> {
  let summary = "run-time check";
  let description = [{
    Ends the run with `message` if `condition` is false.

    Example:
    ```mlir
    plan.guard %ok, "dimension 1 of 'mask' must equal dimension 0 of 'ids'"
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
}

#endif // TENON_DIALECTS_PLAN_IR_PLANOPS_TD
