# llhttp, the HTTP/1 parser of Node.js. Found in one of two forms:
#   - sources, as Debian's node-llhttp ships them:  Llhttp_SOURCES, Llhttp_SOURCE_INCLUDE_DIR
#   - an installed library, 9 or later:             Llhttp::Llhttp
# The sources win when both are there, because gyre compiles them strict and keeps them to itself.
find_path(Llhttp_SOURCE_DIR llhttp.c PATH_SUFFIXES llhttp share/llhttp PATHS /usr/share /usr/local/share)
find_path(Llhttp_SOURCE_INCLUDE_DIR llhttp.h
    HINTS "${Llhttp_SOURCE_DIR}" PATHS /usr/share/include/llhttp /usr/local/share/include/llhttp NO_DEFAULT_PATH)
find_path(Llhttp_INCLUDE_DIR llhttp.h)
find_library(Llhttp_LIBRARY llhttp)

function(_llhttp_version header result)
    set(version)
    foreach(part IN ITEMS MAJOR MINOR PATCH)
        file(STRINGS "${header}" line REGEX "define LLHTTP_VERSION_${part} ")
        string(REGEX REPLACE ".* ([0-9]+).*" "\\1" number "${line}")
        list(APPEND version "${number}")
    endforeach()
    list(JOIN version "." version)
    set(${result} "${version}" PARENT_SCOPE)
endfunction()

set(Llhttp_SOURCES)
set(Llhttp_VERSION)
set(_llhttp_form)
if(Llhttp_SOURCE_DIR AND Llhttp_SOURCE_INCLUDE_DIR AND EXISTS "${Llhttp_SOURCE_DIR}/api.c")
    _llhttp_version("${Llhttp_SOURCE_INCLUDE_DIR}/llhttp.h" Llhttp_VERSION)
    foreach(file IN ITEMS api.c http.c llhttp.c)
        list(APPEND Llhttp_SOURCES "${Llhttp_SOURCE_DIR}/${file}")
    endforeach()
    set(_llhttp_form "${Llhttp_SOURCE_DIR} (sources)")
elseif(Llhttp_LIBRARY AND Llhttp_INCLUDE_DIR)
    _llhttp_version("${Llhttp_INCLUDE_DIR}/llhttp.h" Llhttp_VERSION)
    if(Llhttp_VERSION VERSION_GREATER_EQUAL 9)
        set(_llhttp_form "${Llhttp_LIBRARY}")
        if(NOT TARGET Llhttp::Llhttp)
            add_library(Llhttp::Llhttp UNKNOWN IMPORTED)
            set_target_properties(Llhttp::Llhttp PROPERTIES
                IMPORTED_LOCATION "${Llhttp_LIBRARY}"
                INTERFACE_INCLUDE_DIRECTORIES "${Llhttp_INCLUDE_DIR}")
        endif()
    endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Llhttp
    REQUIRED_VARS _llhttp_form
    VERSION_VAR Llhttp_VERSION
    REASON_FAILURE_MESSAGE
        "gyre::http parses with llhttp: on Debian, apt-get install node-llhttp (its sources), elsewhere an installed libllhttp >= 9")
mark_as_advanced(Llhttp_SOURCE_DIR Llhttp_SOURCE_INCLUDE_DIR Llhttp_INCLUDE_DIR Llhttp_LIBRARY)

# gyre_use_llhttp(target): llhttp for the target's own sources. In source form its objects go into the target, every function under a
# name of gyre's own, so that a program which links another llhttp (of another version, with another struct) keeps the two apart.
function(gyre_use_llhttp target)
    if(NOT Llhttp_SOURCES)
        target_link_libraries(${target} PRIVATE Llhttp::Llhttp)
        return()
    endif()
    if(NOT TARGET gyre_llhttp)
        _gyre_add_llhttp()
    endif()
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "SHARED_LIBRARY")
        set_target_properties(gyre_llhttp PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:gyre_llhttp>)
endfunction()

function(_gyre_add_llhttp)
    set(names)
    foreach(file IN ITEMS ${Llhttp_SOURCES} "${Llhttp_SOURCE_INCLUDE_DIR}/llhttp.h")
        file(STRINGS "${file}" lines REGEX "llhttp_[a-z0-9_]+ *\\(")
        string(REGEX MATCHALL "llhttp_[a-z0-9_]+ *\\(" found "${lines}")
        list(APPEND names ${found})
    endforeach()
    list(TRANSFORM names REPLACE " *\\($" "")
    list(REMOVE_DUPLICATES names)
    list(SORT names)
    list(TRANSFORM names REPLACE "(.+)" "#define \\1 gyre_\\1")
    list(JOIN names "\n" names)
    set(prefix_header "${CMAKE_CURRENT_BINARY_DIR}/llhttp_names.h")
    file(CONFIGURE OUTPUT "${prefix_header}" CONTENT "// Generated: llhttp under names of gyre's own.\n${names}\n" @ONLY)

    add_library(gyre_llhttp OBJECT ${Llhttp_SOURCES})
    target_include_directories(gyre_llhttp SYSTEM PUBLIC "${Llhttp_SOURCE_INCLUDE_DIR}")
    target_compile_definitions(gyre_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_compile_options(gyre_llhttp PUBLIC "SHELL:-include ${prefix_header}" PRIVATE -w)
    if(GYRE_SANITIZE MATCHES "undefined")
        # It calls its callbacks through pointers of other types.
        target_compile_options(gyre_llhttp PRIVATE -fno-sanitize=undefined)
    endif()
endfunction()
