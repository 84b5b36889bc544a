# install: headers, libraries, find_package(gyre) and a pkg-config file for each module.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/gyre")
get_property(modules GLOBAL PROPERTY GYRE_MODULES)

set(targets gyre)
foreach(module IN LISTS modules)
    list(APPEND targets gyre_${module})
    # What is in uring/ and asio/ is for a backend's own sources, and needs headers that users may do without.
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/${module}/"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gyre/${module}"
        FILES_MATCHING PATTERN "*.hpp" PATTERN "uring" EXCLUDE PATTERN "asio" EXCLUDE)
endforeach()

install(TARGETS ${targets} EXPORT gyreTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT gyreTargets NAMESPACE gyre:: DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# What a static libgyre leaves for its user to link, by module: CMake package, and pkg-config name or linker flag.
set(package_runtime "Threads;Liburing")
set(pc_requires_runtime "liburing")
set(pc_libs_runtime "-pthread")
set(package_net "Cares")
set(pc_requires_net "libcares")
set(package_http "")
set(pc_libs_http "")
if(TARGET gyre_http AND NOT TARGET gyre_llhttp)
    set(package_http "Llhttp")
    set(pc_libs_http "-lllhttp")
endif()
set(pc_requires_http "")
find_package(Idn2 QUIET)
if(Idn2_FOUND)
    list(APPEND package_http "Idn2")
    set(pc_requires_http "libidn2")
endif()
set(uses_runtime "")
set(uses_net "runtime")
set(uses_fs "runtime")
set(uses_http "net;fs;runtime")

# A shared libgyre has linked them already.
set(GYRE_CONFIG_DEPENDENCIES "")
set(is_static FALSE)
if(TARGET gyre_runtime)
    get_target_property(type gyre_runtime TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
        set(is_static TRUE)
    endif()
endif()
if(is_static)
    foreach(module IN LISTS modules)
        foreach(package IN LISTS package_${module})
            string(APPEND GYRE_CONFIG_DEPENDENCIES "find_dependency(${package})\n")
            if(NOT package STREQUAL "Threads")
                install(FILES "${PROJECT_SOURCE_DIR}/cmake/Find${package}.cmake" DESTINATION "${package_dir}")
            endif()
        endforeach()
    endforeach()
endif()

configure_package_config_file(cmake/gyreConfig.cmake.in "${PROJECT_BINARY_DIR}/gyreConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/gyreConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/gyreConfig.cmake" "${PROJECT_BINARY_DIR}/gyreConfigVersion.cmake" DESTINATION "${package_dir}")

# ---------------------------------------------------------------- pkg-config
# gyre_write_pc(<name> <description> <requires> <libs> <private requires> <private libs>)
# Paths are relative to the .pc file, so that an install that is moved, or made with DESTDIR, still works.
function(gyre_write_pc PC_NAME PC_DESCRIPTION PC_REQUIRES PC_LIBS PC_REQUIRES_PRIVATE PC_LIBS_PRIVATE)
    if(is_static)
        # Whoever asks without --static would otherwise get a link line that cannot work.
        list(APPEND PC_REQUIRES ${PC_REQUIRES_PRIVATE})
        list(APPEND PC_LIBS ${PC_LIBS_PRIVATE})
        set(PC_REQUIRES_PRIVATE "")
        set(PC_LIBS_PRIVATE "")
    endif()
    list(JOIN PC_REQUIRES ", " PC_REQUIRES)
    list(JOIN PC_REQUIRES_PRIVATE ", " PC_REQUIRES_PRIVATE)
    list(JOIN PC_LIBS " " PC_LIBS)
    list(JOIN PC_LIBS_PRIVATE " " PC_LIBS_PRIVATE)
    file(RELATIVE_PATH PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/gyre.pc.in" "${PROJECT_BINARY_DIR}/${PC_NAME}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${PC_NAME}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

set(about_runtime "coroutines, event loop, combinators and synchronisation")
set(about_net "names, TCP, UDP and Unix sockets")
set(about_fs "files and directories")
set(about_http "HTTP client and server")
set(all_modules "")
foreach(module IN LISTS modules)
    set(requires "")
    foreach(used IN LISTS uses_${module})
        if(used IN_LIST modules)
            list(APPEND requires "gyre-${used} = ${PROJECT_VERSION}")
        endif()
    endforeach()
    gyre_write_pc(gyre-${module} "gyre: ${about_${module}}" "${requires}" "-lgyre_${module}"
        "${pc_requires_${module}}" "${pc_libs_${module}}")
    list(PREPEND all_modules "gyre-${module} = ${PROJECT_VERSION}")
endforeach()
gyre_write_pc(gyre "${PROJECT_DESCRIPTION}" "${all_modules}" "" "" "")
