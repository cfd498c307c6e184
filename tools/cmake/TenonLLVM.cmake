# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# LLVM and MLIR, the shared precompiled header, and the functions that add compiler libraries.

find_package(MLIR 22.1 REQUIRED CONFIG)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
# TableGen.cmake writes -I for directories of the calling folder.
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
separate_arguments(TENON_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")

# Every target with these options reuses one precompiled header: a source file then costs about a second.
add_library(tenon_pch OBJECT ${PROJECT_SOURCE_DIR}/lib/Support/Precompiled.cpp)
target_precompile_headers(tenon_pch PRIVATE ${PROJECT_SOURCE_DIR}/lib/Support/Precompiled.h)
target_compile_options(tenon_pch PRIVATE -fpch-instantiate-templates -fno-exceptions)
target_compile_definitions(tenon_pch PRIVATE ${TENON_LLVM_DEFINITIONS})
target_link_libraries(tenon_pch PRIVATE tenon_options)

# CMake would also name the header itself, by its absolute path, which no two checkouts share.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)

# What the header's content depends on, for ccache (see TenonTargets.cmake).
file(SHA256 ${PROJECT_SOURCE_DIR}/lib/Support/Precompiled.h pch_hash)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/Support/Precompiled.h)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/CMakeFiles/tenon_pch.dir/cmake_pch.hxx.pch.sum CONTENT
  "${pch_hash} ${CMAKE_CXX_COMPILER_VERSION} ${LLVM_PACKAGE_VERSION} ${CMAKE_BUILD_TYPE} ${CMAKE_CXX_FLAGS} ${TENON_SANITIZE}\n")

# tenon_tablegen(NAME TD SOURCE.td OUT... FLAGS...): pairs of output file and mlir-tblgen flags separated by "|".
# Example: tenon_tablegen(InferOps TD InferOps.td GEN "InferOps.h.inc|-gen-op-decls" "InferOps.cpp.inc|-gen-op-defs")
function(tenon_tablegen name)
  cmake_parse_arguments(ARG "" "TD" "GEN" ${ARGN})
  set(LLVM_TARGET_DEFINITIONS ${ARG_TD})
  set(TABLEGEN_OUTPUT)
  foreach(entry IN LISTS ARG_GEN)
    string(REPLACE "|" ";" parts "${entry}")
    list(POP_FRONT parts out)
    mlir_tablegen(${out} ${parts})
  endforeach()
  add_custom_target(${name}IncGen DEPENDS ${TABLEGEN_OUTPUT})
  add_dependencies(tenon-headers ${name}IncGen)
endfunction()
add_custom_target(tenon-headers)

# tenon_compiler_library(NAME SOURCE... [LINK lib...]): an object library that becomes part of libtenon_compiler.so.
# It may include any generated header: all of them are made first.
function(tenon_compiler_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} OBJECT ${ARG_UNPARSED_ARGUMENTS})
  target_precompile_headers(${name} REUSE_FROM tenon_pch)
  target_compile_options(${name} PRIVATE -fno-exceptions)
  target_compile_definitions(${name} PRIVATE ${TENON_LLVM_DEFINITIONS})
  target_link_libraries(${name} PRIVATE tenon_options ${ARG_LINK})
  add_dependencies(${name} tenon-headers)
  set_property(GLOBAL APPEND PROPERTY TENON_COMPILER_LIBRARIES ${name})
  if(ARG_LINK)
    set_property(GLOBAL APPEND PROPERTY TENON_COMPILER_LINKS ${ARG_LINK})
  endif()
endfunction()
