# Cares::Cares, c-ares, the asynchronous resolver. Debian: libc-ares-dev.
find_path(Cares_INCLUDE_DIR ares.h)
find_library(Cares_LIBRARY cares)

set(Cares_VERSION)
if(Cares_INCLUDE_DIR AND EXISTS "${Cares_INCLUDE_DIR}/ares_version.h")
    file(STRINGS "${Cares_INCLUDE_DIR}/ares_version.h" Cares_version_line REGEX "define ARES_VERSION_STR")
    string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" Cares_VERSION "${Cares_version_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Cares
    REQUIRED_VARS Cares_LIBRARY Cares_INCLUDE_DIR
    VERSION_VAR Cares_VERSION
    REASON_FAILURE_MESSAGE "gyre::net resolves names through c-ares: on Debian, apt-get install libc-ares-dev")
mark_as_advanced(Cares_INCLUDE_DIR Cares_LIBRARY)

if(Cares_FOUND AND NOT TARGET Cares::Cares)
    add_library(Cares::Cares UNKNOWN IMPORTED)
    set_target_properties(Cares::Cares PROPERTIES
        IMPORTED_LOCATION "${Cares_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Cares_INCLUDE_DIR}")
endif()
