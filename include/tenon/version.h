/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tenon's version at compile time; tenon_version() gives the version of the loaded library. */
#ifndef TENON_VERSION_H
#define TENON_VERSION_H

#define TENON_VERSION_MAJOR 0
#define TENON_VERSION_MINOR 1
#define TENON_VERSION_PATCH 0
#define TENON_VERSION_STRING "0.1.0"

#endif /* TENON_VERSION_H */
