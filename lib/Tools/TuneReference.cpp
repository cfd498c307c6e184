// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/TuneReference.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

using namespace llvm;
using namespace tenon::cli;

namespace {

/// One element of C at a time. Values of 16 bits are looked up: there are 65536 of them.
class ElementWriter {
public:
  ElementWriter(const TuneProduct &product, const TuneData &data) : product(product), data(data), wide(1 << 16) {
    std::vector<uint16_t> bits(wide.size());
    std::iota(bits.begin(), bits.end(), 0);
    HostTensor all;
    all.type = data.a.type;
    all.data = {reinterpret_cast<char *>(bits.data()), [](void *) {}}; // borrowed
    for (size_t i = 0; i < wide.size(); ++i)
      wide[i] = elementAsDouble(all, static_cast<int64_t>(i));
  }

  double compute(int64_t batch, int64_t row, int64_t column) const;

private:
  double at(const HostTensor &tensor, int64_t index) const {
    uint16_t bits;
    std::memcpy(&bits, tensor.data.get() + 2 * index, 2);
    return wide[bits];
  }

  const TuneProduct &product;
  const TuneData &data;
  std::vector<double> wide;
};

/// An element passes if |got - expected| <= relative * |expected| + ofRange * range: test/tolerances.json by the type of C. Operands of f32
/// are multiplied as tf32, which has the fraction of f16.
struct Tolerance {
  double relative, ofRange;
};

Tolerance toleranceOf(tenon_type type, tenon_type operands) {
  if (type == TENON_F16 || operands == TENON_F32)
    return {1e-2, 2e-3};
  return type == TENON_F32 ? Tolerance{1e-3, 2e-5} : Tolerance{4e-2, 1.6e-2};
}

} // namespace

double ElementWriter::compute(int64_t batch, int64_t row, int64_t column) const {
  int64_t m = product.rows, n = product.key.n, k = product.key.k;
  double value = 0;
  for (int64_t i = 0; i < k; ++i) {
    int64_t inA = product.isTransposedA() ? i * m + row : row * k + i;
    int64_t inB = product.isTransposedB() ? i * n + column : column * k + i;
    value += at(data.a, (product.key.isSharedA ? 0 : batch) * m * k + inA) * at(data.b, batch * n * k + inB);
  }
  size_t next = 0;
  for (StringRef step : product.steps) {
    if (TuneProduct::isOperand(step)) {
      int64_t index = step.starts_with("row") ? column : step.starts_with("column") ? row : (batch * m + row) * n + column;
      value += elementAsDouble(data.operands[next++], index);
    } else {
      value = find_if(tuneFunctions(), [&](const TuneFunction &function) { return function.name == step; })->compute(value);
    }
  }
  return value;
}

TuneReference::TuneReference(const TuneProduct &product, const TuneData &data) : operands(data.a.type) {
  constexpr int anywhere = 4096, alongEdges = 256;
  ElementWriter writer(product, data);
  std::mt19937_64 random; // its numbers are the same everywhere, unlike those of a distribution
  int64_t m = product.rows, n = product.key.n;
  auto below = [&](int64_t end) { return static_cast<int64_t>(random() % static_cast<uint64_t>(end)); };
  auto add = [&](int64_t row, int64_t column) {
    int64_t batch = below(std::max<int64_t>(product.key.batch, 1));
    samples.push_back({(batch * m + row) * n + column, writer.compute(batch, row, column)});
    range = std::max(range, std::abs(samples.back().value));
  };
  add(0, 0);
  add(m - 1, n - 1);
  for (int i = 0; i < anywhere; ++i)
    add(below(m), below(n));
  for (int i = 0; i < alongEdges; ++i) {
    add(m - 1, below(n));
    add(below(m), n - 1);
  }
}

std::string TuneReference::check(const HostTensor &c) const {
  Tolerance tolerance = toleranceOf(c.type, operands);
  std::string worst;
  double most = 1;
  for (const Sample &sample : samples) {
    double got = elementAsDouble(c, sample.index);
    double allowed = tolerance.relative * std::abs(sample.value) + tolerance.ofRange * range;
    double error = std::abs(got - sample.value) / allowed;
    if (std::isnan(error) || error > most) {
      most = std::isnan(error) ? HUGE_VAL : error;
      worst = formatv("element {0} of C is {1:f4}, expected {2:f4}", sample.index, got, sample.value);
    }
  }
  return worst;
}
