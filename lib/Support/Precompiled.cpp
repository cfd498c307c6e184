// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The translation unit that builds the shared precompiled header; it holds nothing else.
