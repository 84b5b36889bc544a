#include <gyre/net/detail/socket.hpp>
#include <gyre/net/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace gyre::net::detail {
namespace {

using name_function = int(int, sockaddr*, socklen_t*);

address name_of(int fd, name_function* get) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* name = reinterpret_cast<sockaddr*>(&storage);
    if (get(fd, name, &size) != 0) return address();
    try {
        return address(name, size);
    } catch (...) {
        return address();  // a socket of another kind, that somebody adopted
    }
}

}  // namespace

unique_fd open_stream_socket(const address& for_address, int flags) noexcept {
    return unique_fd(::socket(for_address.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

address local_address_of(int fd) noexcept { return name_of(fd, ::getsockname); }
address remote_address_of(int fd) noexcept { return name_of(fd, ::getpeername); }

int set_option(int fd, int level, int name, int value) noexcept {
    return ::setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

int set_no_delay(int fd, const address& peer, bool on) noexcept {
    if (!peer.is_ipv4() && !peer.is_ipv6()) return 0;
    return set_option(fd, IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
}

void throw_system_error(int code, const std::string& what, const std::string& cure) {
    const std::error_code reason(code, std::generic_category());
    throw error(reason, "gyre: " + what + ": " + reason.message() + cure);
}

}  // namespace gyre::net::detail
