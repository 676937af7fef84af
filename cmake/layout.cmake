# Where things lie, in the build tree as in an installed one: bin/arrayc, lib/libarrayc.so and
# lib/arrayc/<module>.so, which libarrayc finds from its own place. Nothing names an absolute path.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(ARRAYC_MODULE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/arrayc)
set(ARRAYC_INSTALL_MODULEDIR ${CMAKE_INSTALL_LIBDIR}/arrayc)
set(ARRAYC_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/arrayc)
# Headers that plug-ins include as "ir/graph.h".
set(ARRAYC_INSTALL_INTERNALDIR ${CMAKE_INSTALL_INCLUDEDIR}/arrayc/internal)
# From bin/ to the library's folder, wherever the tree has been moved to.
file(RELATIVE_PATH bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set(CMAKE_INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
