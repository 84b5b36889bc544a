# Asio::Asio, standalone Asio without Boost; headers only. Debian: libasio-dev.
find_path(Asio_INCLUDE_DIR asio.hpp)

set(Asio_VERSION)
if(Asio_INCLUDE_DIR AND EXISTS "${Asio_INCLUDE_DIR}/asio/version.hpp")
    file(STRINGS "${Asio_INCLUDE_DIR}/asio/version.hpp" Asio_version_line REGEX "define ASIO_VERSION [0-9]+")
    string(REGEX REPLACE ".*ASIO_VERSION ([0-9]+).*" "\\1" Asio_version_number "${Asio_version_line}")
    math(EXPR Asio_version_major "${Asio_version_number} / 100000")
    math(EXPR Asio_version_minor "${Asio_version_number} / 100 % 1000")
    math(EXPR Asio_version_patch "${Asio_version_number} % 100")
    set(Asio_VERSION "${Asio_version_major}.${Asio_version_minor}.${Asio_version_patch}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio
    REQUIRED_VARS Asio_INCLUDE_DIR
    VERSION_VAR Asio_VERSION
    REASON_FAILURE_MESSAGE "gyre's second backend needs standalone Asio: on Debian, apt-get install libasio-dev")
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_FOUND AND NOT TARGET Asio::Asio)
    find_package(Threads REQUIRED)
    add_library(Asio::Asio INTERFACE IMPORTED)
    set_target_properties(Asio::Asio PROPERTIES
        INTERFACE_COMPILE_DEFINITIONS "ASIO_STANDALONE"
        INTERFACE_INCLUDE_DIRECTORIES "${Asio_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
