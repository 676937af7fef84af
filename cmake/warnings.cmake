# Warnings that every target of ours is built with.
add_library(arrayc_warnings INTERFACE)
target_compile_options(arrayc_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                       $<$<BOOL:${ARRAYC_WERROR}>:-Werror>)
if(ARRAYC_SANITIZE)
  add_compile_options(-fsanitize=${ARRAYC_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ARRAYC_SANITIZE})
endif()
# Values never depend on the host compiler's flags: interpreter and kernels agree bit for bit.
add_compile_options(-ffp-contract=off)
