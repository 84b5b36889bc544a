# Helpers that turn a module's folder into a target.

# <build>/include/gyre/<module> -> <source>/<module>, so that sources and users write <gyre/runtime/...> before any install.
function(gyre_make_include_folder)
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/include/gyre")
    foreach(module IN ITEMS runtime net fs http)
        file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${module}" "${PROJECT_BINARY_DIR}/include/gyre/${module}" SYMBOLIC)
    endforeach()
endfunction()

# gyre_add_module(<name> [USES <module>...] [PRIVATE <library>...])
#   Makes gyre_<name> (alias gyre::<name>) from every .cpp under the current folder. A module without a source yet is left out, and
#   so is a dependency on it. PRIVATE libraries are for the module's sources only; a static library's users link them unseen.
function(gyre_add_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;PRIVATE")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.hpp")
    if(NOT sources)
        message(STATUS "gyre: ${name}/ has no source yet, gyre::${name} is left out")
        return()
    endif()

    set(target gyre_${name})
    add_library(${target} ${sources} ${headers})
    add_library(gyre::${name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${name}
        CXX_EXTENSIONS OFF
        VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
        GYRE_HEADERS "${headers}")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_include_directories(${target} PUBLIC
        "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
        "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    gyre_set_warnings(${target})
    if(PROJECT_IS_TOP_LEVEL)
        # Most of a file's compile time is these headers, the same in every file. Each header is also compiled alone (headers.cmake),
        # so this hides no missing include.
        target_precompile_headers(${target} PRIVATE
            <algorithm> <chrono> <functional> <future> <memory> <optional> <ranges> <string> <string_view> <vector>
            <gyre/runtime/runtime.hpp>)
    endif()

    foreach(module IN LISTS arg_USES)
        if(TARGET gyre_${module})
            target_link_libraries(${target} PUBLIC gyre_${module})
        endif()
    endforeach()
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
    set_property(GLOBAL APPEND PROPERTY GYRE_MODULES ${name})
endfunction()

# gyre::gyre, all modules there are.
function(gyre_add_umbrella)
    get_property(modules GLOBAL PROPERTY GYRE_MODULES)
    add_library(gyre INTERFACE)
    add_library(gyre::gyre ALIAS gyre)
    foreach(module IN LISTS modules)
        target_link_libraries(gyre INTERFACE gyre_${module})
    endforeach()
endfunction()
