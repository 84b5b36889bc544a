#pragma once
#include <gyre/net/address.hpp>
#include <gyre/runtime/io/unique_fd.hpp>

#include <string>

namespace gyre::net::detail {

using gyre::detail::unique_fd;

// A stream socket, close-on-exec, blocking: the backends choose how to wait. Empty, with errno set, when there is none.
unique_fd open_stream_socket(const address& for_address, int flags = 0) noexcept;

// What the socket is bound to, or connected to; family::any when it is not.
address local_address_of(int fd) noexcept;
address remote_address_of(int fd) noexcept;

// 0 or an errno.
int set_option(int fd, int level, int name, int value) noexcept;
// Nothing for Unix sockets. 0 or an errno.
int set_no_delay(int fd, const address& peer, bool on) noexcept;

// A net::error of errno's value: "gyre: <what>: <reason><cure>".
[[noreturn]] void throw_system_error(int code, const std::string& what, const std::string& cure = std::string());

}  // namespace gyre::net::detail
