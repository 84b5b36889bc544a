# GYRE_SANITIZE instruments everything in this build tree, tests and examples included. Nothing of it is exported: a sanitized
# program may link a plain gyre and the other way round.
if(NOT GYRE_SANITIZE)
    return()
endif()

add_compile_options(-fsanitize=${GYRE_SANITIZE} -fno-omit-frame-pointer)
add_link_options(-fsanitize=${GYRE_SANITIZE})

# Undefined behaviour ends the test instead of scrolling by.
if(GYRE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
    add_link_options(-fno-sanitize-recover=undefined)
endif()
if(GYRE_SANITIZE MATCHES "undefined")
    # To look at memory that may not be there UBSan's vptr check opens a pipe; without one it calls good objects bad, and the tests that
    # run out of file descriptors on purpose have none to give.
    add_compile_options(-fno-sanitize=vptr)
endif()
