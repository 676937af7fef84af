# What `cmake --install` lays down: a tree that can be moved as a whole.
include(CMakePackageConfigHelpers)

set_target_properties(arrayc PROPERTIES
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  INSTALL_RPATH "$ORIGIN")
set(installed_targets arrayc)
if(TARGET arrayc-tool)
  list(APPEND installed_targets arrayc-tool)
endif()
install(TARGETS ${installed_targets} EXPORT arraycTargets
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET arrayc-cpu)
  set_target_properties(arrayc-cpu PROPERTIES INSTALL_RPATH "$ORIGIN/..")
  install(TARGETS arrayc-cpu LIBRARY DESTINATION ${ARRAYC_INSTALL_MODULEDIR})
endif()
if(TARGET arrayc-blas)
  set_target_properties(arrayc-blas PROPERTIES INSTALL_RPATH "$ORIGIN/..")
  install(TARGETS arrayc-blas LIBRARY DESTINATION ${ARRAYC_INSTALL_MODULEDIR})
endif()

# <arrayc/…>: the C++ interface and the plain-C ABI.
install(DIRECTORY frontend/cpp/include/ runtime/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# What plug-ins are written against, under the paths that the tree itself uses.
foreach(layer IN ITEMS runtime ir passes backends frontend)
  install(DIRECTORY ${layer} DESTINATION ${ARRAYC_INSTALL_INTERNALDIR}
    FILES_MATCHING PATTERN *.h PATTERN *.def
    PATTERN include EXCLUDE  # public headers are elsewhere
    # Nobody's business:
    PATTERN interp EXCLUDE PATTERN llvm EXCLUDE PATTERN cpu EXCLUDE PATTERN blas EXCLUDE
    PATTERN cli EXCLUDE PATTERN numpy EXCLUDE PATTERN air EXCLUDE PATTERN cpp EXCLUDE)
endforeach()

configure_package_config_file(cmake/arraycConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/arraycConfig.cmake
  INSTALL_DESTINATION ${ARRAYC_INSTALL_CMAKEDIR}
  PATH_VARS ARRAYC_INSTALL_INTERNALDIR)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/arraycConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT arraycTargets NAMESPACE arrayc:: DESTINATION ${ARRAYC_INSTALL_CMAKEDIR})
install(FILES ${PROJECT_BINARY_DIR}/cmake/arraycConfig.cmake
              ${PROJECT_BINARY_DIR}/cmake/arraycConfigVersion.cmake
              cmake/ArraycKernel.cmake
  DESTINATION ${ARRAYC_INSTALL_CMAKEDIR})

# From the .pc file's own folder up to the prefix.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(cmake/arrayc.pc.in ${PROJECT_BINARY_DIR}/cmake/arrayc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/arrayc.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/arrayc)
