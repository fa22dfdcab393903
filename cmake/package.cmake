# The Debian package: all that install.cmake installs. It is a development package, since the library is static; who
# runs a program that was linked with it needs it too, for the private libduckdb.so.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME collection-fast-persist)
set(CPACK_PACKAGE_VENDOR "The collection_fast_persist authors")
set(CPACK_PACKAGE_CONTACT "The collection_fast_persist authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION "Key -> collection -> item, in your process, with your data in one directory. A store returns when the
record is on disk; reads come from memory; every version is kept and can be asked by SQL. A C++20 library, static,
with a private copy of DuckDB.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# Whatever umask the package is made under.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_THREADS 0)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)

# dpkg-shlibdeps looks at programs and shared libraries only; what a static one needs is known here: the libraries of
# this machine, which it was compiled for. libsimdjson-dev depends on the one libsimdjson of its own version, so a
# system with another one refuses the package instead of linking what does not fit.
function(cfp_debian_depends result)
  set(depends)
  foreach(package libc6 libstdc++6 libgcc-s1)
    execute_process(COMMAND dpkg-query -W -f "\${Version}" "${package}" OUTPUT_VARIABLE version ERROR_QUIET RESULT_VARIABLE status)
    if(status EQUAL 0)
      string(REGEX REPLACE "^[0-9]+:|[-+].*$" "" version "${version}")
      list(APPEND depends "${package} (>= ${version})")
    endif()
  endforeach()
  get_target_property(simdjson_file simdjson::simdjson LOCATION)
  file(REAL_PATH "${simdjson_file}" simdjson_file)
  execute_process(COMMAND dpkg-query -S "${simdjson_file}" OUTPUT_VARIABLE owner ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    string(REGEX REPLACE ":.*$" "" owner "${owner}")
    list(APPEND depends "${owner}" libsimdjson-dev)
  endif()
  list(JOIN depends ", " depends)
  set(${result} "${depends}" PARENT_SCOPE)
endfunction()
cfp_debian_depends(CPACK_DEBIAN_PACKAGE_DEPENDS)
include(CPack)
