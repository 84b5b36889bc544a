#include <gyre/net/detail/socket.hpp>
#include <gyre/net/detail/transport.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace gyre::net::detail {

bool transport::refuse(core::operation& op) noexcept {
    op.result = -EBADF;
    return false;
}

int transport::look() noexcept {
    if (layered_) return look_layered();
    char byte = 0;
    const ssize_t n = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 ? static_cast<int>(n) : -errno;
}

std::ptrdiff_t transport::receive_now(mutable_buffer into) noexcept {
    if (layered_) return receive_now_layered(into);
    const ssize_t n = ::recv(fd(), into.data(), into.size(), MSG_DONTWAIT);
    return n >= 0 ? n : -errno;
}

// A layer that cannot tell: nothing is known to be there.
int transport::look_layered() noexcept { return -EAGAIN; }
std::ptrdiff_t transport::receive_now_layered(mutable_buffer) noexcept { return -EAGAIN; }

address transport::local() const { return closed() ? address() : local_address_of(fd()); }

std::string transport::peer() const {
    if (remote_.family() != family::any) return remote_.to_string();
    const address here = local();
    // The end of a Unix connection that did not bind has no name of its own.
    return here.family() == family::any ? std::string("the peer") : "the peer of " + here.to_string();
}

}  // namespace gyre::net::detail
