# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How tests are declared and run: GoogleTest programs here, lit and pytest by folder. `check-tenon` runs them all.

find_package(GTest REQUIRED)

# The interpreter that has the pinned packages: the project's own environment where tools/bootstrap made it.
if(DEFINED ENV{TENON_PYTHON})
  set(default_python $ENV{TENON_PYTHON})
elseif(EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
  set(default_python ${PROJECT_SOURCE_DIR}/.venv/bin/python)
else()
  set(default_python python3)
endif()
set(TENON_PYTHON ${default_python} CACHE STRING "Python with the packages of tools/requirements.txt")

# tenon_unittest(NAME SOURCE... [LINK lib...] [COMPILER]): a GoogleTest program, built and run by check-tenon.
# COMPILER tests use MLIR: they link libtenon_compiler.so, share its precompiled header and are left out of runtime-only builds.
function(tenon_unittest name)
  cmake_parse_arguments(ARG "COMPILER" "" "LINK" ${ARGN})
  if(ARG_COMPILER AND (TENON_STATIC OR NOT TENON_BUILD_COMPILER))
    return()
  endif()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/bin)
  target_link_libraries(${name} PRIVATE tenon_options ${ARG_LINK} GTest::gtest GTest::gtest_main)
  if(ARG_COMPILER)
    target_precompile_headers(${name} REUSE_FROM tenon_pch)
    # The precompiled header was built for a shared library; an executable's default -fPIE would not fit it.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fno-exceptions -fPIC)
    target_compile_definitions(${name} PRIVATE ${TENON_LLVM_DEFINITIONS})
    target_link_libraries(${name} PRIVATE tenon_compiler MLIR LLVM)
    add_dependencies(${name} tenon-headers)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY TENON_UNITTESTS ${name})
endfunction()

# Call once, after every test folder was added.
function(tenon_finish_tests)
  get_property(unittests GLOBAL PROPERTY TENON_UNITTESTS)
  set(programs "")
  foreach(test IN LISTS unittests)
    string(APPEND programs "$<TARGET_FILE:${test}>\n")
  endforeach()
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/test/unittests.txt CONTENT "${programs}")

  set(LLVM_TOOLS ${LLVM_TOOLS_BINARY_DIR})
  configure_file(${PROJECT_SOURCE_DIR}/test/lit.site.cfg.py.in ${PROJECT_BINARY_DIR}/test/lit.site.cfg.py @ONLY)

  add_custom_target(tenon-tests DEPENDS ${unittests})
  add_custom_target(check-tenon COMMAND ${CMAKE_COMMAND} -E env TENON_PYTHON=${TENON_PYTHON} ${TENON_PYTHON} ${PROJECT_SOURCE_DIR}/tools/run-tests --build ${PROJECT_BINARY_DIR}
    DEPENDS tenon-tests USES_TERMINAL)
  foreach(program IN ITEMS tenon-opt tenon tenon-import tenon-lsp-server tenon-reduce tenon_runtime tenon_compiler write-add-engine)
    if(TARGET ${program})
      add_dependencies(check-tenon ${program})
    endif()
  endforeach()
endfunction()
