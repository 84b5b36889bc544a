# Liburing::Liburing, the helpers around io_uring. Debian: liburing-dev.
find_path(Liburing_INCLUDE_DIR liburing.h)
find_library(Liburing_LIBRARY uring)

# io_uring_version.h came with 2.4; before that only the pkg-config file tells.
set(Liburing_VERSION)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_check_modules(Liburing_PC QUIET liburing)
    set(Liburing_VERSION "${Liburing_PC_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Liburing
    REQUIRED_VARS Liburing_LIBRARY Liburing_INCLUDE_DIR
    VERSION_VAR Liburing_VERSION
    REASON_FAILURE_MESSAGE "gyre's io_uring backend needs liburing: on Debian, apt-get install liburing-dev")
mark_as_advanced(Liburing_INCLUDE_DIR Liburing_LIBRARY)

if(Liburing_FOUND AND NOT TARGET Liburing::Liburing)
    add_library(Liburing::Liburing UNKNOWN IMPORTED)
    set_target_properties(Liburing::Liburing PROPERTIES
        IMPORTED_LOCATION "${Liburing_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Liburing_INCLUDE_DIR}")
endif()
