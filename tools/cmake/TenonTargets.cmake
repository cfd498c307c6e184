# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Options that every target of the project shares, and ccache where it is installed.

find_program(TENON_CCACHE ccache)
if(TENON_CCACHE)
  # A precompiled header holds no __TIME__ of ours, so ccache may trust its content. Checkouts share the cache: paths are relative to
  # the source folder, and the precompiled header counts by the checksum file that TenonLLVM.cmake writes, not by its bytes.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1 ${TENON_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

set(TENON_SANITIZE "" CACHE STRING "Sanitizers for all targets, for example address,undefined")
add_library(tenon_options INTERFACE)
target_compile_options(tenon_options INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter -fvisibility-inlines-hidden)
target_link_options(tenon_options INTERFACE -fuse-ld=lld -Wl,--gc-sections)
target_compile_options(tenon_options INTERFACE -ffunction-sections -fdata-sections)
if(TENON_SANITIZE)
  target_compile_options(tenon_options INTERFACE -fsanitize=${TENON_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tenon_options INTERFACE -fsanitize=${TENON_SANITIZE})
endif()
target_include_directories(tenon_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/include)
# RelWithDebInfo keeps asserts: they are the development build's safety net.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-g" "-gline-tables-only" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")

# tenon_own_cxx_library(TARGET): the C++ library inside, so that the target needs none of the system's. For what has only C at its border.
function(tenon_own_cxx_library target)
  if(NOT TENON_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()
