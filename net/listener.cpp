#include <gyre/net/detail/socket.hpp>
#include <gyre/net/listener.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace gyre::net {
namespace {

using detail::unique_fd;

[[noreturn]] void throw_listen_error(int code, const address& at) {
    const char* cure = "";
    switch (code) {
        case EADDRINUSE:
            cure = "; another program listens there: stop it, or choose another port (0 for a free one)";
            break;
        case EACCES:
            cure = at.is_local() ? "; choose a folder that you may write to" : "; ports below 1024 are root's: choose a higher one";
            break;
        case EADDRNOTAVAIL:
            cure = "; it is not an address of this machine: use \"\" to listen on all that are";
            break;
        case EMFILE:
            cure = "; too many files are open: close some, or raise the limit (ulimit -n)";
            break;
        default:
            break;
    }
    detail::throw_system_error(code, "cannot listen on " + at.to_string(), cure);
}

// 0 or an errno.
int prepare(int fd, const address& at, const listen_options& options) noexcept {
    int status = 0;
    const auto set = [&](bool wanted, int level, int name, int value) {
        if (wanted && status == 0) status = detail::set_option(fd, level, name, value);
    };
    set(options.reuse_address && !at.is_local(), SOL_SOCKET, SO_REUSEADDR, 1);
    set(options.reuse_port, SOL_SOCKET, SO_REUSEPORT, 1);
    set(at.is_ipv6(), IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only ? 1 : 0);
    // Accepted sockets inherit it.
    set(options.no_delay && !at.is_local(), IPPROTO_TCP, TCP_NODELAY, 1);
    return status;
}

// Whether a socket file is there that nobody answers on.
bool abandoned(const address& at) noexcept {
    struct stat found{};
    if (::lstat(at.host().c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
    const unique_fd probe = detail::open_stream_socket(at, SOCK_NONBLOCK);
    return probe && ::connect(probe.get(), at.data(), at.size()) != 0 && errno == ECONNREFUSED;
}

bool is_path(const address& at) { return at.is_local() && at.host().front() != '@'; }

}  // namespace

listener listen(const address& at, const listen_options& options) {
    auto& loop = detail::current_loop("net::listen()");
    if (at.family() == family::any) throw std::invalid_argument("gyre: listen() on an empty address; give an IP address or a path");
    unique_fd fd = detail::open_stream_socket(at, SOCK_NONBLOCK);
    if (!fd) throw_listen_error(errno, at);
    const int status = prepare(fd.get(), at, options);
    if (status != 0) throw_listen_error(status, at);
    int bound = ::bind(fd.get(), at.data(), at.size());
    if (bound != 0 && errno == EADDRINUSE && is_path(at)) {
        if (abandoned(at) && ::unlink(at.host().c_str()) == 0)
            bound = ::bind(fd.get(), at.data(), at.size());
        else
            errno = EADDRINUSE;
    }
    if (bound != 0) throw_listen_error(errno, at);
    std::string path = is_path(at) ? at.host() : std::string();
    if (::listen(fd.get(), options.backlog) != 0) {
        const int code = errno;
        if (!path.empty()) ::unlink(path.c_str());
        throw_listen_error(code, at);
    }
    detail::core_ref<detail::listener_core> core(
        new detail::listener_core(loop, fd.get(), detail::local_address_of(fd.get()), std::move(path)));
    fd.release();
    return listener(std::move(core));
}

listener listen(std::string_view host, std::uint16_t port, const listen_options& options) {
    const address every_ipv4 = address::ipv4({0, 0, 0, 0}, port);
    if (host.empty()) {
        try {
            return listen(address::ipv6({}, port), options);
        } catch (const error& e) {
            // A kernel without IPv6.
            if (e.code() != std::errc::address_family_not_supported && e.code() != std::errc::address_not_available) throw;
            return listen(every_ipv4, options);
        }
    }
    if (host == "localhost") return listen(address::ipv4({127, 0, 0, 1}, port), options);
    const auto literal = address::parse(host, port);
    if (!literal)
        throw std::invalid_argument("gyre: listen() on \"" + std::string(host) +
                                    "\", which is not an IP address; give one, \"\" for every address of this machine, or "
                                    "\"localhost\"; net::resolve() turns a name into addresses");
    return listen(*literal, options);
}

listener listen_unix(std::string_view path, const listen_options& options) { return listen(address::local(path), options); }

}  // namespace gyre::net
