# Configures, builds and runs the project in PROJECT against the gyre that is installed in PREFIX, and checks what it prints.
string(REPLACE "|" ";" ARGUMENTS "${ARGUMENTS}")
file(REMOVE_RECURSE "${BUILD}")
file(MAKE_DIRECTORY "${BUILD}")

# Where the pkg-config files are depends on the distribution's libdir.
file(GLOB_RECURSE pc_files "${PREFIX}/*/gyre.pc")
foreach(pc_file IN LISTS pc_files)
    get_filename_component(pc_folder "${pc_file}" DIRECTORY)
    get_filename_component(library_folder "${pc_folder}" DIRECTORY)
    set(ENV{PKG_CONFIG_PATH} "${pc_folder}")
    set(ENV{LD_LIBRARY_PATH} "${library_folder}")
endforeach()

if(EXISTS "${PROJECT}/Makefile")
    find_program(MAKE_PROGRAM make)
    find_program(PKG_CONFIG_PROGRAM pkg-config)
    if(NOT MAKE_PROGRAM OR NOT PKG_CONFIG_PROGRAM)
        message(FATAL_ERROR "this consumer needs make and pkg-config: on Debian, apt-get install make pkg-config")
    endif()
    execute_process(COMMAND "${MAKE_PROGRAM}" -C "${PROJECT}" "CXX=${COMPILER}" "OUT=${BUILD}" COMMAND_ERROR_IS_FATAL ANY)
else()
    execute_process(COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${PROJECT}" -B "${BUILD}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
        "-DCMAKE_PREFIX_PATH=${PREFIX}" ${ARGUMENTS} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" COMMAND_ERROR_IS_FATAL ANY)
endif()

execute_process(COMMAND "${BUILD}/hello" OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR NOT printed STREQUAL "hello from gyre\n")
    message(FATAL_ERROR "the consumer ended with ${status} and printed:\n${printed}")
endif()
