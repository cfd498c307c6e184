// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/RecurrentCell.h"

using namespace tenon;
using infer::Scalar;

namespace {
/// A row per ONNX activation: its defaults (NaN where it has no such parameter) and its function.
struct Row {
  const char *name;
  double alpha, beta;
  Scalar (*function)(const Scalar &x, double alpha, double beta);
};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
} // namespace

static const Row kRows[] = {
    {"affine", 1, 0, [](const Scalar &x, double a, double b) { return a * x + b; }},
    {"elu", 1, kNone, [](const Scalar &x, double a, double) { return select(x < 0, a * expm1(x), x); }},
    {"hardsigmoid", 0.2, 0.5, [](const Scalar &x, double a, double b) { return clip(a * x + b, 0, 1); }},
    {"leakyrelu", 0.01, kNone, [](const Scalar &x, double a, double) { return select(x < 0, a * x, x); }},
    {"relu", kNone, kNone, [](const Scalar &x, double, double) { return select(x < 0, x.constant(0), x); }},
    {"scaledtanh", 1, 1, [](const Scalar &x, double a, double b) { return a * tanh(b * x); }},
    {"sigmoid", kNone, kNone, [](const Scalar &x, double, double) { return 1 / (1 + exp(-x)); }},
    {"softplus", kNone, kNone, [](const Scalar &x, double, double) { return softplus(x); }},
    {"softsign", kNone, kNone, [](const Scalar &x, double, double) { return x / (1 + abs(x)); }},
    {"tanh", kNone, kNone, [](const Scalar &x, double, double) { return tanh(x); }},
    {"thresholdedrelu", 1, kNone, [](const Scalar &x, double a, double) { return select(x > a, x, x.constant(0)); }},
};

static const Row *findRow(llvm::StringRef name) {
  for (const Row &row : kRows)
    if (name.equals_insensitive(row.name))
      return &row;
  return nullptr;
}

bool Activation::isKnown(llvm::StringRef name) { return findRow(name); }
bool Activation::takesAlpha(llvm::StringRef name) { return findRow(name) && findRow(name)->alpha == findRow(name)->alpha; }
bool Activation::takesBeta(llvm::StringRef name) { return findRow(name) && findRow(name)->beta == findRow(name)->beta; }

Scalar Activation::operator()(const Scalar &x) const {
  const Row *row = findRow(name);
  return row->function(x, alpha.value_or(row->alpha), beta.value_or(row->beta));
}

bool Activation::operator==(const Activation &other) const {
  return name.equals_insensitive(other.name) && alpha == other.alpha && beta == other.beta;
}
