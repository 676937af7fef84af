# Warnings that every target of ours is built with.
add_library(arrayc_warnings INTERFACE)
target_compile_options(arrayc_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                       $<$<BOOL:${ARRAYC_WERROR}>:-Werror>)
# GCC 12 reports overlapping copies in std::string's operator+ that there are not (its bug 105651).
target_compile_options(arrayc_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(ARRAYC_SANITIZE)
  add_compile_options(-fsanitize=${ARRAYC_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ARRAYC_SANITIZE})
endif()
# Values never depend on the host compiler's flags: interpreter and kernels agree bit for bit.
add_compile_options(-ffp-contract=off)
