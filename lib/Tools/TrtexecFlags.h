// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// trtexec's flags that ask for what `tenon bench` always does, or for what it has no notion of.
#ifndef TENON_LIB_TOOLS_TRTEXECFLAGS_H
#define TENON_LIB_TOOLS_TRTEXECFLAGS_H

#include "lib/Tools/Options.h"

namespace tenon::cli {

/// Says which flags change nothing, and refuses those that cannot be followed, with what to use instead. False if there is one of these.
bool acceptTrtexecFlags(const Arguments &arguments);

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_TRTEXECFLAGS_H
