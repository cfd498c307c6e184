// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The flags about a model that several commands share, turned into the compile driver's options.
#ifndef TENON_LIB_TOOLS_MODELARGUMENTS_H
#define TENON_LIB_TOOLS_MODELARGUMENTS_H

#include "lib/Compiler/Compile.h"
#include "lib/Tools/Options.h"
#include <optional>

namespace tenon::cli {
class Console;

/// Parses "NAME:1x3x224x224,OTHER:8x128"; a dim of "?" or -1 stays as the model declares it. A name may hold colons but no
/// comma. Stores the reason in `error` and returns std::nullopt if the text is malformed.
std::optional<std::vector<InputShape>> parseShapes(llvm::StringRef text, std::string &error);

/// The shapes of --shapes (all of them, if repeated), or of --optShapes without it. Reports what is wrong.
std::optional<std::vector<InputShape>> shapesOf(const Arguments &arguments);

/// Options from --target, --cpu, --shapes and --compile-threads; `cpu` is the default of --cpu. Reports what is wrong.
std::optional<CompileOptions> compileOptionsOf(const Arguments &arguments, llvm::StringRef cpu);

/// Compiles with progress, prints all diagnostics. On failure the console has at least one error.
CompileResult compileWithConsole(const ModelSource &model, const CompileOptions &options, Console &console);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_MODELARGUMENTS_H
