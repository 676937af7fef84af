# arrayc_add_kernel(<target> SOURCE file.py
#                   [NAME base]            # of base.o and base.h; default: the target
#                   [EXPORT signature...]  # "f(f64[n], f64)": functions without annotations
#                   [OPTIONS option...]    # further options of `arrayc compile`
#                   [OUTPUTS variable])    # receives the paths of the header and the object
#
# Compiles a kernel file ahead of time. Link <target> to get the object file and the folder of its
# header. It is compiled again when the file or the compiler changes.
# Kernels that run in parallel take the OpenMP runtime of the program: <target> brings one if
# OpenMP is found for C++.
function(arrayc_add_kernel target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;NAME;OUTPUTS" "EXPORT;OPTIONS")
  if(NOT arg_SOURCE)
    message(FATAL_ERROR "arrayc_add_kernel(${target}): SOURCE is missing")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "arrayc_add_kernel(${target}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_NAME)
    set(arg_NAME ${target})
  endif()
  cmake_path(ABSOLUTE_PATH arg_SOURCE NORMALIZE OUTPUT_VARIABLE source)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.arrayc)
  file(MAKE_DIRECTORY ${folder})
  set(object ${folder}/${arg_NAME}.o)
  set(header ${folder}/${arg_NAME}.h)
  set(exports)
  foreach(signature IN LISTS arg_EXPORT)
    list(APPEND exports --export ${signature})
  endforeach()
  # The tool loads its backend when it runs; in arrayc's own build that is a target too.
  set(modules)
  if(TARGET arrayc-cpu)
    set(modules arrayc-cpu)
  endif()
  add_custom_command(
    OUTPUT ${object} ${header}
    COMMAND arrayc::compiler compile ${source} -o ${object} ${exports} ${arg_OPTIONS}
    DEPENDS ${source} arrayc::compiler ${modules}
    COMMENT "Compiling ${arg_SOURCE}"
    VERBATIM)
  add_library(${target} STATIC ${object} ${header})
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  # The object needs no linker of a language; any that the project has will do.
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(language C)
  if(CXX IN_LIST languages)
    set(language CXX)
  endif()
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE ${language})
  target_include_directories(${target} PUBLIC ${folder})
  find_package(OpenMP QUIET COMPONENTS ${language})
  if(TARGET OpenMP::OpenMP_${language})
    target_link_libraries(${target} PUBLIC OpenMP::OpenMP_${language})
  endif()
  target_link_libraries(${target} PUBLIC m)
  if(arg_OUTPUTS)
    set(${arg_OUTPUTS} ${header} ${object} PARENT_SCOPE)
  endif()
endfunction()
