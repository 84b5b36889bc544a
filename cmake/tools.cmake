# Faster builds for those who work on gyre; a project that includes gyre decides for itself.
if(NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(GYRE_CCACHE ccache)
    if(GYRE_CCACHE)
        # Precompiled headers are cached only so.
        set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${GYRE_CCACHE}")
        set(CMAKE_C_COMPILER_LAUNCHER "${GYRE_CCACHE}")
        if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
            add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
        endif()
    endif()
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT DEFINED CMAKE_LINKER_TYPE)
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld GYRE_HAVE_LLD)
    if(GYRE_HAVE_LLD)
        add_link_options(-fuse-ld=lld)
    endif()
endif()
