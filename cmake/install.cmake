# What `cmake --install` puts where, and how other projects find it: a CMake package and a pkg-config file, both of
# which find their place from where they lie, so that an installed tree can be moved.
#
# DuckDB is in no distribution, so the libduckdb.so that we were built with comes along, in a directory of our own where
# it is nobody else's: not on the linker's path, reached by its full path and by the RUNPATH of what links it. A DuckDB
# that has a CMake package of its own stays where it is, and ours asks for it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(cfp_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/collection_fast_persist")
set(cfp_private_dir "${CMAKE_INSTALL_LIBDIR}/collection_fast_persist")

install(TARGETS cfp EXPORT collection_fast_persist_targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/cfp" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(EXPORT collection_fast_persist_targets NAMESPACE collection_fast_persist::
  FILE collection_fast_persist-targets.cmake DESTINATION "${cfp_package_dir}")

if(DuckDB_LIBRARY)
  file(REAL_PATH "${DuckDB_LIBRARY}" cfp_duckdb_file)  # not a link, which would lead nowhere
  install(FILES "${cfp_duckdb_file}" DESTINATION "${cfp_private_dir}" RENAME libduckdb.so)
  # In this form, since pkgconf quotes a space in no other.
  set(cfp_pc_duckdb "-Wl,-rpath,\${libdir}/collection_fast_persist -L\${libdir}/collection_fast_persist -l:libduckdb.so")
else()
  set(cfp_pc_duckdb "-lduckdb")
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/collection_fast_persist-config.cmake.in"
  "${PROJECT_BINARY_DIR}/install/collection_fast_persist-config.cmake"
  INSTALL_DESTINATION "${cfp_package_dir}" PATH_VARS cfp_private_dir)
# Before 1.0 every minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/install/collection_fast_persist-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/install/collection_fast_persist-config.cmake"
  "${PROJECT_BINARY_DIR}/install/collection_fast_persist-config-version.cmake" DESTINATION "${cfp_package_dir}")

# The prefix, seen from the directory of the .pc file.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" OUTPUT_VARIABLE cfp_up)
configure_file("${CMAKE_CURRENT_LIST_DIR}/collection_fast_persist.pc.in"
  "${PROJECT_BINARY_DIR}/install/collection_fast_persist.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/install/collection_fast_persist.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# Debian's name for the package has no underscore, and its notices lie under that name.
install(FILES "${CMAKE_CURRENT_LIST_DIR}/copyright" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/collection-fast-persist")
