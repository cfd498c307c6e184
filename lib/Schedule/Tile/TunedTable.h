// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measured winners: which schedule was the fastest for a product on a device. The table is asked before the cost model; docs/tuning.md has
// the file's format.
#ifndef TENON_LIB_SCHEDULE_TILE_TUNEDTABLE_H
#define TENON_LIB_SCHEDULE_TILE_TUNEDTABLE_H

#include "lib/Schedule/Tile/ChooseGemm.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace tenon::schedule {

/// What two products share if a measurement of one speaks for the other, M aside; names are those of the file. Which matrix of a batch an
/// operand belongs to is no part of it, and what the epilogue computes is not either, though it can change the choice: GELU by tanh at
/// 4096x3072x768 wants another schedule than a bias alone.
struct ProductKey {
  std::string arch = "sm_90a", element, output;
  std::string layout = "nt";         // A, then B: n is stored [M, K] and [K, N], t is [K, M] and [N, K]
  int64_t n = 1, k = 1, batch = 0;   // 0: no batch dim
  bool isSharedA = false;            // the batch has one A
  std::vector<std::string> operands; // of the epilogue: "row f32"
  std::vector<std::string> further;  // types of further results

  static ProductKey get(const GemmProblem &problem, const GemmSizes &sizes);
  auto tie() const { return std::tie(arch, element, output, layout, operands, further, batch, isSharedA, n, k); }
  bool operator==(const ProductKey &other) const { return tie() == other.tie(); }
};

/// A row of the table.
struct TunedEntry {
  ProductKey product;
  int64_t leastRows = 1, mostRows = 1; // of M
  AnyGemmSchedule schedule;
  // For people, and for the next measurement. Microseconds; 0: not measured.
  double time = 0, nextTime = 0, modelTime = 0; // of the schedule, of the next best one, of the cost model's choice
  std::string device, date;
  unsigned line = 0; // of the file that it was read from

  bool isRange() const { return leastRows < mostRows; }
};

/// A version of the file's format; others are refused.
inline constexpr int64_t kTunedVersion = 1;

class TunedTable {
public:
  /// Reads a file's text. Errors begin with `name` and the line.
  static llvm::Expected<TunedTable> parse(llvm::StringRef text, llvm::StringRef name);

  /// The entry for `product` at M = `rows`, or null: the one for exactly these rows, else the one whose range holds them.
  const TunedEntry *find(const ProductKey &product, int64_t rows) const;
  /// The entries for ranges of M, which products with unknown M can use, in ascending order.
  llvm::SmallVector<const TunedEntry *> findRanges(const ProductKey &product) const;
  /// Adds an entry; one for the same product and the same rows goes.
  void put(TunedEntry entry);
  void remove(const ProductKey &product, int64_t leastRows, int64_t mostRows);

  /// The file's text: sorted, so that equal tables are equal files.
  std::string print() const;
  /// "tuned.jsonl:3", for messages.
  std::string placeOf(const TunedEntry &entry) const;
  /// Stands for the content, in hexadecimal digits.
  std::string digest() const;
  size_t size() const { return entries.size(); }

private:
  std::string name;
  std::vector<TunedEntry> entries; // sorted
};

/// An entry as a line of the file, and back; the reader gives the reason if it fails.
std::string printTunedEntry(const TunedEntry &entry);
std::string readTunedEntry(llvm::StringRef line, TunedEntry &entry);

/// "f16 384x1024x4096 nt", "f16 512x(384x384x64) nn + row f32 -> f32"; a size of 0 is not known, which is a question mark.
std::string describeProduct(const ProductKey &product, int64_t leastRows, int64_t mostRows);
/// Reads such a text of known sizes; false if it is none.
bool parseProduct(llvm::StringRef text, ProductKey &product, int64_t &rows);
/// "128x256_c2_s4_g16", "small_128x64_s9_k2": the names that docs/results has.
std::string describeSchedule(const AnyGemmSchedule &schedule);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_TUNEDTABLE_H
