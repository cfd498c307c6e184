// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Candidates on the device: compiled by the compiler that models are compiled by, checked, and timed in turns.
#ifndef TENON_LIB_TOOLS_TUNERUN_H
#define TENON_LIB_TOOLS_TUNERUN_H

#include "lib/Schedule/Tile/ShortList.h"
#include "lib/Tools/Session.h"
#include "lib/Tools/TemporaryFolder.h"
#include "lib/Tools/TuneReference.h"

namespace tenon::cli {

/// A candidate and what became of it.
struct TuneRow {
  schedule::Candidate candidate;
  std::unique_ptr<Session> session; // null once it is out
  std::vector<double> times;        // microseconds of a product, one a round
  double time = 0;                  // their median; 0: not measured
  std::string problem;              // why it is out
  bool isWrong = false;             // it computes something else

  /// The line of a table that makes the compiler choose the candidate.
  schedule::TunedEntry entry(const TuneProduct &product) const;
};

class TuneRun {
public:
  TuneRun(const TuneProduct &product, const Arguments &arguments) : product(product), arguments(arguments) {}
  ~TuneRun();

  /// Finds the device and makes data, reference and model. As the others, false if the whole cannot go on, which the console has then.
  bool prepare();
  /// Compiles the candidate and compares its results; what is wrong with it alone is in the row.
  bool open(TuneRow &row);
  /// Times all rows that are not out.
  bool measure(std::vector<TuneRow> &rows);

  llvm::StringRef deviceName() const { return name; }
  int64_t copies() const { return data.copies(); }

private:
  bool compileCandidate(TuneRow &row);
  bool check(TuneRow &row, Problem &problem);
  bool fail(const Problem &problem);
  bool isInterrupted();

  const TuneProduct &product;
  const Arguments &arguments;
  tenon_device *device = nullptr; // owned; keeps the GPU's context from one candidate to the next
  std::string name;
  std::unique_ptr<TemporaryFolder> folder;
  TuneData data;
  std::unique_ptr<TuneReference> reference;
};

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_TUNERUN_H
