// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Compiler/PluginArguments.h"

#include "lib/Compiler/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

template <typename Plugin> static LogicalResult load(StringRef path, llvm::function_ref<void(const Plugin &)> use) {
#ifdef TENON_STATIC
  llvm::errs() << "error: cannot load plugin '" << path << "': this build holds MLIR privately; use a build against the shared libMLIR\n";
  return failure();
#else
  llvm::Expected<Plugin> plugin = Plugin::load(path.str());
  if (!plugin) {
    llvm::errs() << "error: cannot load plugin '" << path << "': " << llvm::toString(plugin.takeError()) << "\n";
    return failure();
  }
  use(*plugin);
  return success();
#endif
}

LogicalResult tenon::prepareDriver(int argc, char **argv, DialectRegistry &registry, SmallVectorImpl<char *> &rest) {
  registerDialects(registry);
  registerPasses();
  for (int i = 0; i < argc; ++i) {
    StringRef argument(argv[i]);
    std::string joined; // of --flag FILE
    if (i + 1 < argc && llvm::is_contained({"--load-dialect-plugin", "--load-pass-plugin"}, argument))
      argument = joined = (argument + "=" + argv[++i]).str();
    if (argument.consume_front("--load-dialect-plugin=")) {
      auto use = [&](const DialectPlugin &plugin) { plugin.registerDialectRegistryCallbacks(registry); };
      if (failed(load<DialectPlugin>(argument, use)))
        return failure();
    } else if (argument.consume_front("--load-pass-plugin=")) {
      if (failed(load<PassPlugin>(argument, [](const PassPlugin &plugin) { plugin.registerPassRegistryCallbacks(); })))
        return failure();
    } else {
      rest.push_back(argv[i]);
    }
  }
  return success();
}
