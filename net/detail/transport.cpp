#include <gyre/net/detail/socket.hpp>
#include <gyre/net/detail/transport.hpp>

#include <cerrno>

namespace gyre::net::detail {

bool transport::refuse(core::operation& op) noexcept {
    op.result = -EBADF;
    return false;
}

address transport::local() const { return closed() ? address() : local_address_of(fd()); }

std::string transport::peer() const {
    if (remote_.family() != family::any) return remote_.to_string();
    const address here = local();
    // The end of a Unix connection that did not bind has no name of its own.
    return here.family() == family::any ? std::string("the peer") : "the peer of " + here.to_string();
}

}  // namespace gyre::net::detail
