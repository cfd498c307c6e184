// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fragments to and from memory without the copy engine.
#include "conversion/TileToNvvm/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace tenon::tile {
namespace {

constexpr int64_t kUnit = 16; // bytes that a swizzle moves as one

/// What a row number does to the numbers of the 16-byte units of its row, all of them 0 to 7 (PTX ISA, "Swizzling Modes").
Value swizzleOf(Emitter &emit, SmemType tiles, Value row) {
  if (!tiles.getSwizzle())
    return emit.constant(0);
  return emit.remainder(emit.divide(row, 128 / tiles.getSwizzle()), tiles.getSwizzle() / kUnit);
}

int64_t swizzleOf(SmemType tiles, int64_t row) {
  return tiles.getSwizzle() ? row / (128 / tiles.getSwizzle()) % (tiles.getSwizzle() / kUnit) : 0;
}

/// The 64 rows of a tile that a fragment is written to or read from.
template <typename Op> Value rowsOf(Emitter &emit, Op op, typename Op::Adaptor adaptor) {
  SmemType tiles = op.getTiles().getType();
  Value tile = emit.tileAt(tiles, adaptor.getTiles(), adaptor.getCount());
  return adaptor.getPart() ? emit.move(tile, emit.multiply(adaptor.getPart(), 64 * tiles.getPitch())) : tile;
}

/// For stmatrix and ldmatrix of four 8x8 matrices: rows 0-7 and 8-15 of a warp's 16 at two neighbouring units; lane l gives the address of
/// row l % 8 of matrix l / 8. One address for each four registers.
SmallVector<Value> addressesOfMatrices(Emitter &emit, SmemType tiles, Value tile, size_t registers) {
  Value inMatrix = emit.remainder(emit.lane(), 8), matrix = emit.divide(emit.lane(), 8);
  Value row = emit.add(emit.add(emit.multiply(emit.warp(), 16), emit.multiply(emit.remainder(matrix, 2), 8)), inMatrix);
  Value rowAddress = emit.move(tile, emit.multiply(row, tiles.getPitch()));
  Value unit = emit.bitXor(emit.divide(matrix, 2), swizzleOf(emit, tiles, inMatrix));
  int64_t perPanel = tiles.getPitch() / kUnit;
  SmallVector<Value> addresses;
  for (size_t first = 0; first < registers / 2; first += 2) { // `first`: unit, that is 8 columns, of the fragment
    Value moved = tiles.getSwizzle() ? emit.bitXor(unit, emit.constant(first % perPanel)) : emit.add(unit, first % perPanel);
    addresses.push_back(emit.move(emit.move(rowAddress, first / perPanel * tiles.getPanelBytes()), emit.multiply(moved, kUnit)));
  }
  return addresses;
}

/// Of each two neighbouring columns: 8 bytes of words of 32 bits, 4 of 16 bits, 2 of bytes. A row is the sum of what the thread and what
/// the register adds, of different bits: so is its swizzle.
SmallVector<Value> addressesOfPairs(Emitter &emit, SmemType tiles, Value tile, FragmentType fragment) {
  int64_t bytes = tiles.getElementBytes(), perUnit = kUnit / bytes, perPanel = tiles.getPitch() / kUnit;
  Value row = emit.threadOffset(fragment.getLayout(), &Position::row), column = emit.threadOffset(fragment.getLayout(), &Position::column);
  Value unit = emit.bitXor(emit.divide(column, perUnit), swizzleOf(emit, tiles, emit.remainder(row, 8)));
  Value inUnit = emit.multiply(emit.remainder(column, perUnit), bytes);
  Value rowAddress = emit.move(tile, emit.add(emit.multiply(row, tiles.getPitch()), inUnit));
  SmallVector<Position> elements = getElements(fragment);
  SmallVector<Value> addresses;
  for (size_t i = 0; i < elements.size(); i += 2) {
    int64_t units = elements[i].column / perUnit, rest = elements[i].column % perUnit * bytes;
    int64_t ofRow = swizzleOf(tiles, elements[i].row % 8);
    Value moved = tiles.getSwizzle() ? emit.bitXor(unit, emit.constant(units % perPanel ^ ofRow)) : emit.add(unit, units % perPanel);
    Value address = emit.move(rowAddress, units / perPanel * tiles.getPanelBytes() + elements[i].row * tiles.getPitch() + rest);
    addresses.push_back(emit.move(address, emit.multiply(moved, kUnit)));
  }
  return addresses;
}

/// Attributes of stmatrix and ldmatrix of 8x8 matrices of 16 bits.
struct MatrixAttributes {
  NVVM::MMALayoutAttr layout;
  NVVM::LdStMatrixShapeAttr shape;
  NVVM::LdStMatrixEltTypeAttr element;
  explicit MatrixAttributes(MLIRContext *context)
      : layout(NVVM::MMALayoutAttr::get(context, NVVM::MMALayout::row)), shape(NVVM::LdStMatrixShapeAttr::get(context, 8, 8)),
        element(NVVM::LdStMatrixEltTypeAttr::get(context, NVVM::LdStMatrixEltType::B16)) {}
};

/// The low byte of an integer where memory has bytes.
Value cut(Emitter &emit, Value value, Type memory) {
  return memory.isInteger(8) ? arith::TruncIOp::create(emit.builder, emit.loc, memory, value).getResult() : value;
}

struct LowerWriteShared : OpConversionPattern<WriteSharedOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(WriteSharedOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    SmemType tiles = op.getTiles().getType();
    FragmentType fragment = op.getFragment().getType();
    Value tile = rowsOf(emit, op, adaptor);
    SmallVector<Value> all = emit.unpack(adaptor.getFragment());
    ArrayRef<Value> registers = all;
    bool isShort = tiles.getElementBytes() == 2;
    if (isShort && fragment.getLayout() == LayoutAttr::getAccumulator(getContext())) {
      MatrixAttributes attributes(getContext());
      for (auto [i, address] : llvm::enumerate(addressesOfMatrices(emit, tiles, tile, registers.size())))
        NVVM::StMatrixOp::create(rewriter, loc, address, registers.slice(4 * i, 4), attributes.layout, attributes.shape,
                                 attributes.element);
    } else if (isShort) {
      for (auto [word, address] : llvm::zip_equal(registers, addressesOfPairs(emit, tiles, tile, fragment)))
        LLVM::StoreOp::create(rewriter, loc, word, address, /*alignment=*/4);
    } else {
      // Bytes: a quad of lanes fills 8 of a row, so 8 rows of a swizzled tile are 32 words in as many banks. Collecting longer pieces from
      // neighbouring lanes first takes as many exchanges as it saves stores.
      Type element = tiles.getElementType();
      auto pair = VectorType::get(2, element);
      for (auto [i, address] : llvm::enumerate(addressesOfPairs(emit, tiles, tile, fragment))) {
        Value value = LLVM::UndefOp::create(rewriter, loc, pair);
        for (size_t half : {0, 1})
          value = LLVM::InsertElementOp::create(rewriter, loc, value, cut(emit, registers[2 * i + half], element), emit.constant(half));
        LLVM::StoreOp::create(rewriter, loc, value, address, /*alignment=*/2 * tiles.getElementBytes());
      }
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerReadShared : OpConversionPattern<ReadSharedOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReadSharedOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    SmemType tiles = op.getTiles().getType();
    FragmentType fragment = op.getFragment().getType();
    Value tile = rowsOf(emit, op, adaptor);
    auto type = cast<LLVM::LLVMStructType>(registersOf(fragment));
    SmallVector<Value> registers;
    if (tiles.getElementBytes() == 2) {
      MatrixAttributes attributes(getContext());
      auto four = LLVM::LLVMStructType::getLiteral(getContext(), SmallVector<Type>(4, rewriter.getI32Type()));
      for (Value address : addressesOfMatrices(emit, tiles, tile, type.getBody().size()))
        llvm::append_range(registers, emit.unpack(NVVM::LdMatrixOp::create(rewriter, loc, four, address, rewriter.getI32IntegerAttr(4),
                                                                           attributes.layout, attributes.shape, attributes.element)));
    } else {
      auto pair = VectorType::get(2, fragment.getElementType());
      for (Value address : addressesOfPairs(emit, tiles, tile, fragment)) {
        Value value = LLVM::LoadOp::create(rewriter, loc, pair, address, /*alignment=*/8);
        for (int64_t half : {0, 1})
          registers.push_back(LLVM::ExtractElementOp::create(rewriter, loc, value, emit.constant(half)));
      }
    }
    rewriter.replaceOp(op, emit.pack(type, registers));
    return success();
  }
};

/// Rows and columns of the matrix that each element of this thread stands for, and whether they are inside.
struct Place {
  Value address, isInside;
};

template <typename Op>
Place placeOf(Emitter &emit, Op op, typename Op::Adaptor adaptor, Value row, Value column, Position position, bool isTransposed) {
  OpBuilder &builder = emit.builder;
  Value i = emit.add(row, position.row), j = emit.add(column, position.column);
  Value inside = arith::AndIOp::create(builder, emit.loc, emit.isLess(i, adaptor.getRows()), emit.isLess(j, adaptor.getColumns()));
  Type wide = builder.getI64Type();
  auto extend = [&](Value value) { return arith::ExtSIOp::create(builder, emit.loc, wide, value).getResult(); };
  if (isTransposed)
    std::swap(i, j);
  Value product = arith::MulIOp::create(builder, emit.loc, extend(i), extend(adaptor.getStride()));
  Value index = arith::AddIOp::create(builder, emit.loc, product, extend(j));
  Value address = LLVM::GEPOp::create(builder, emit.loc, adaptor.getPointer().getType(), op.getMemoryType(), adaptor.getPointer(), index);
  return {address, inside};
}

/// First row and column of this thread.
template <typename Op> std::pair<Value, Value> originOf(Emitter &emit, typename Op::Adaptor adaptor, FragmentType type) {
  Value row = adaptor.getRow(), column = adaptor.getColumn();
  if (type.getRows() != 1)
    row = emit.add(row, emit.threadOffset(type.getLayout(), &Position::row));
  if (type.getColumns() != 1)
    column = emit.add(column, emit.threadOffset(type.getLayout(), &Position::column));
  return {row, column};
}

StringRef wordOf(int64_t bytes) { return bytes == 1 ? "b8" : bytes == 2 ? "b16" : "b32"; }

struct LowerRead : OpConversionPattern<ReadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReadOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    FragmentType type = op.getResult().getType();
    auto [row, column] = originOf<ReadOp>(emit, adaptor, type);
    // A register of the fragment is loaded at once: two 16-bit elements, or one element of memory.
    Type memory = op.getMemoryType();
    int64_t bytes = type.getPacking() == 2 ? 4 : elementBytes(memory);
    Type word = rewriter.getIntegerType(8 * bytes);
    std::string text = llvm::formatv("{{ .reg .pred p; setp.ne.u32 p, $2, 0; mov.{0} $0, 0; @p ld.global.{0} $0, [$1]; }", wordOf(bytes));
    SmallVector<Value> registers;
    SmallVector<Position> elements = getElements(type);
    for (size_t i = 0; i < elements.size(); i += type.getPacking()) {
      Place place = placeOf(emit, op, adaptor, row, column, elements[i], op.getTransposed());
      Value flag = arith::ExtUIOp::create(rewriter, loc, rewriter.getI32Type(), place.isInside);
      Value value = emit.ptx(word, text, bytes == 2 ? "=h,l,r" : "=r,l,r", {place.address, flag});
      if (type.getPacking() == 1 && isa<FloatType>(memory))
        value = arith::BitcastOp::create(rewriter, loc, memory, value);
      if (bytes == 2)
        value = arith::ExtFOp::create(rewriter, loc, rewriter.getF32Type(), value);
      registers.push_back(value);
    }
    rewriter.replaceOp(op, emit.pack(registersOf(type), registers));
    return success();
  }
};

/// f32 -> `type` of 16 bits, two at a time: of single conversions that follow products, ptxas moves some between the products of the next
/// tile, and serialises those (C7514).
SmallVector<Value> shorten(OpBuilder &builder, Location loc, Type type, ArrayRef<Value> values) {
  Emitter emit(builder, loc);
  auto wide = VectorType::get(2, builder.getF32Type()), pair = VectorType::get(2, type);
  SmallVector<Value> results;
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    Value two = LLVM::UndefOp::create(builder, loc, wide);
    for (int64_t half : {0, 1})
      two = LLVM::InsertElementOp::create(builder, loc, two, values[i + half], emit.constant(half));
    two = arith::TruncFOp::create(builder, loc, pair, two);
    for (int64_t half : {0, 1})
      results.push_back(LLVM::ExtractElementOp::create(builder, loc, two, emit.constant(half)));
  }
  if (values.size() % 2)
    results.push_back(arith::TruncFOp::create(builder, loc, type, values.back()));
  return results;
}

struct LowerWrite : OpConversionPattern<WriteOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(WriteOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    FragmentType type = op.getFragment().getType();
    auto [row, column] = originOf<WriteOp>(emit, adaptor, type);
    Type memory = op.getMemoryType();
    int64_t bytes = elementBytes(memory);
    Type word = rewriter.getIntegerType(8 * bytes);
    std::string text = llvm::formatv("{{ .reg .pred p; setp.ne.u32 p, $1, 0; @p st.global.{0} [$0], $2; }", wordOf(bytes));
    SmallVector<Value> elements = emit.unpack(adaptor.getFragment());
    if (bytes == 2)
      elements = shorten(rewriter, loc, memory, elements);
    for (auto [position, element] : llvm::zip_equal(getElements(type), elements)) {
      Place place = placeOf(emit, op, adaptor, row, column, position, op.getTransposed());
      Value value = element;
      if (isa<FloatType>(memory))
        value = arith::BitcastOp::create(rewriter, loc, word, value);
      Value flag = arith::ExtUIOp::create(rewriter, loc, rewriter.getI32Type(), place.isInside);
      emit.ptx({}, text, bytes == 2 ? "l,r,h" : "l,r,r", {place.address, flag, value});
    }
    rewriter.eraseOp(op);
    return success();
  }
};

/// Where the first four registers of this thread lie that hold the first eight columns, and bytes to those of the next eight.
constexpr int64_t kFour = 16, kEightColumns = kFour * kWarpgroup;

Value addressOfRegisters(Emitter &emit, Value tile, SmemType tiles, Value part) {
  Value eights = emit.multiply(part, tiles.getColumns() / 8);
  return emit.move(tile, emit.add(emit.multiply(eights, kEightColumns), emit.multiply(emit.threadInWarpgroup(), kFour)));
}

struct LowerSendRegisters : OpConversionPattern<SendRegistersOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SendRegistersOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    auto remote = [&](Value pointer) {
      Value address = LLVM::PtrToIntOp::create(rewriter, op.getLoc(), rewriter.getI32Type(), pointer);
      return emit.ptx(rewriter.getI32Type(), "mapa.shared::cluster.u32 $0, $1, $2;", "=r,r,r", {address, adaptor.getRank()});
    };
    Value memory = remote(addressOfRegisters(emit, adaptor.getTiles(), op.getTiles().getType(), adaptor.getPart()));
    Value barrier = remote(emit.barrierAt(op.getBarriers().getType(), adaptor.getBarriers(), adaptor.getCount()));
    SmallVector<Value> registers = emit.unpack(adaptor.getFragment());
    StringRef word = op.getFragment().getType().getElementType().isF32() ? "f" : "r";
    for (size_t first = 0; first < registers.size(); first += 4) {
      std::string text =
          llvm::formatv("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.v4.b32 [$0 + {0}], {{$2, $3, $4, $5}, [$1];",
                        first / 4 * kEightColumns);
      SmallVector<Value> operands{memory, barrier};
      llvm::append_range(operands, ArrayRef(registers).slice(first, 4));
      emit.ptx({}, text, llvm::formatv("r,r,{0},{0},{0},{0}", word).str(), operands);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerReadRegisters : OpConversionPattern<ReadRegistersOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReadRegistersOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    FragmentType type = op.getResult().getType();
    Value address = addressOfRegisters(emit, adaptor.getTiles(), op.getTiles().getType(), adaptor.getPart());
    auto four = VectorType::get(4, type.getElementType());
    SmallVector<Value> registers;
    for (int64_t column = 0; column < type.getColumns(); column += 8, address = emit.move(address, kEightColumns)) {
      Value value = LLVM::LoadOp::create(rewriter, op.getLoc(), four, address, /*alignment=*/kFour);
      for (int64_t i = 0; i < 4; ++i)
        registers.push_back(LLVM::ExtractElementOp::create(rewriter, op.getLoc(), value, emit.constant(i)));
    }
    rewriter.replaceOp(op, emit.pack(registersOf(type), registers));
    return success();
  }
};

} // namespace

void populateMemoryPatterns(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerWriteShared, LowerReadShared, LowerRead, LowerWrite, LowerSendRegisters, LowerReadRegisters>(types,
                                                                                                                 patterns.getContext());
}

} // namespace tenon::tile
