// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inputs of a run: read from the files that the flags name, random where none is named.
#ifndef TENON_LIB_TOOLS_INPUTS_H
#define TENON_LIB_TOOLS_INPUTS_H

#include "lib/Tools/HostTensor.h"
#include "lib/Tools/Options.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace tenon::cli {
class Session;

/// One tensor per input of the engine, in its order. Unknown dims are those of --shapes, or follow from other inputs with the same
/// symbol, or are the least that the symbol allows (but 1 rather than 0). Reports what is wrong.
std::optional<std::vector<HostTensor>> gatherInputs(const Session &session, const Arguments &arguments);

/// Value of a dim as models spell it ("past + sequence", "2*s0") or std::nullopt if it is no sum of products of known names.
std::optional<int64_t> evaluateDim(llvm::StringRef text, const llvm::StringMap<int64_t> &values);

/// Fills a tensor from a seed: standard normal floats, 0 or 1 for integers and bool. The same on every machine.
void fillRandom(HostTensor &tensor, uint64_t seed);

/// A tensor's name as a file name: characters other than letters, digits, '.', '-' and '_' become '_'.
std::string fileNameOf(llvm::StringRef tensorName);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_INPUTS_H
