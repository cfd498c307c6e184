# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The installed tree: bin, lib, include, python, share. The same layout is the release archive (tools/release.py).

include(CMakePackageConfigHelpers)
if(NOT TENON_STATIC)
  set(llvm_rpath ${LLVM_LIBRARY_DIR})
endif()

foreach(target IN ITEMS tenon_runtime tenon_compiler)
  if(TARGET ${target})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN;${llvm_rpath}")
    install(TARGETS ${target} LIBRARY DESTINATION lib)
  endif()
endforeach()
foreach(program IN ITEMS tenon tenon-opt tenon-lsp-server tenon-reduce)
  if(TARGET ${program})
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib;${llvm_rpath}")
    install(TARGETS ${program} RUNTIME DESTINATION bin)
  endif()
endforeach()

install(DIRECTORY include/tenon DESTINATION include)
install(DIRECTORY python/tenon DESTINATION python PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE THIRD_PARTY.md CHANGELOG.md SECURITY.md README.md DESTINATION share/tenon)
install(DIRECTORY docs DESTINATION share/tenon)
install(FILES lib/Schedule/Tile/tuned.jsonl DESTINATION share/tenon)
# A build has the layout of the installed tree.
configure_file(lib/Schedule/Tile/tuned.jsonl ${PROJECT_BINARY_DIR}/share/tenon/tuned.jsonl COPYONLY)

# What an out-of-tree dialect needs: headers and .td as they are included, and what TableGen made of them.
install(DIRECTORY dialects conversion DESTINATION include FILES_MATCHING PATTERN *.h PATTERN *.td)
install(DIRECTORY ${PROJECT_BINARY_DIR}/dialects ${PROJECT_BINARY_DIR}/conversion DESTINATION include
  FILES_MATCHING PATTERN *.h.inc PATTERN CMakeFiles EXCLUDE)

configure_file(${CMAKE_CURRENT_LIST_DIR}/TenonConfig.cmake.in ${PROJECT_BINARY_DIR}/TenonConfig.cmake @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TenonConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TenonConfig.cmake ${PROJECT_BINARY_DIR}/TenonConfigVersion.cmake DESTINATION lib/cmake/Tenon)
