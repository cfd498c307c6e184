// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thin program on libtenon_compiler.so; the importer itself lives there, beside LLVM.
extern "C" int tenon_import_main(int argc, char **argv);
int main(int argc, char **argv) { return tenon_import_main(argc, argv); }
