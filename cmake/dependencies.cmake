# What arrayc is built with: LLVM 19.1 or newer, fmt, Boost.Program_options.

# Debian's version file accepts only an equal major.minor, so the check is ours.
find_package(LLVM CONFIG REQUIRED HINTS /usr/lib/llvm-19 /usr/lib/llvm-20 /usr/lib/llvm-21)
if(LLVM_VERSION VERSION_LESS 19.1)
  message(FATAL_ERROR "arrayc needs LLVM 19.1 or newer, found ${LLVM_VERSION} in ${LLVM_DIR}; "
                      "install llvm-19-dev or pass -DLLVM_DIR=")
endif()
find_package(fmt REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(Threads REQUIRED)
