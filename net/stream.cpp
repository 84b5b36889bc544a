#include <gyre/net/detail/socket.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/io/buffered_read.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <span>
#include <string>
#include <utility>

namespace gyre::net {
namespace {

using detail::core_ref;
using detail::transport;
using detail::unique_fd;

// As the shared reads of lines and the like see it.
class stream_source {
public:
    explicit stream_source(core_ref<transport> on) noexcept : on_(std::move(on)) {}

    detail::core::read_buffer& unread() const noexcept { return on_->unread(); }
    detail::fill_awaiter fill(std::span<char> free) const noexcept { return detail::fill_awaiter(on_, free); }
    [[noreturn]] void throw_too_long(const char* what, std::size_t limit) const {
        throw error(errc::limit_exceeded, "gyre: " + on_->peer() + " sent more than " + std::to_string(limit) + " bytes " + what +
                                              "; raise the limit if that is meant to be");
    }
    [[noreturn]] void throw_ended(std::string partial) const { throw incomplete_read_error(on_->peer(), std::move(partial)); }

private:
    core_ref<transport> on_;
};

int to_seconds(duration d) {
    return static_cast<int>(std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(d).count(), 1, 32767));
}

}  // namespace

stream stream::adopt(int fd) {
    unique_fd owned(fd);
    auto& loop = detail::current_loop("net::stream::adopt()");
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        detail::throw_system_error(errno, "stream::adopt() of fd " + std::to_string(fd));
    if (type != SOCK_STREAM)
        detail::throw_system_error(EPROTOTYPE, "stream::adopt() of fd " + std::to_string(fd), "; it takes stream sockets only");
    sockaddr_storage peer{};
    size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
        detail::throw_system_error(errno, "stream::adopt() of fd " + std::to_string(fd));
    // The ring waits in the kernel only for blocking sockets.
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        detail::throw_system_error(errno, "stream::adopt() of fd " + std::to_string(fd));
    stream adopted(core_ref<transport>(new transport(loop, fd, detail::remote_address_of(fd))));
    owned.release();
    return adopted;
}

task<std::string> stream::read_bytes(transport_ref from, std::size_t size) {
    std::string bytes(size, '\0');
    detail::read_exactly_awaiter reading(from, bytes);
    bool ended = false;
    try {
        co_await reading;
    } catch (const incomplete_read_error&) {
        ended = true;
    }
    if (!ended) co_return bytes;
    const std::size_t came = reading.received();
    bytes.resize(came);
    throw incomplete_read_error(from->peer(), size, came, std::move(bytes));
}

task<std::string> stream::read_delimited(transport_ref from, std::string delimiter, std::size_t limit) {
    return detail::core::read_delimited(stream_source(std::move(from)), std::move(delimiter), limit);
}
task<std::optional<std::string>> stream::read_text_line(transport_ref from, std::size_t limit) {
    return detail::core::read_text_line(stream_source(std::move(from)), limit);
}
task<std::string> stream::read_to_end(transport_ref from, std::size_t limit) {
    return detail::core::read_to_end(stream_source(std::move(from)), limit);
}

void stream::abort() noexcept {
    if (!*this) return;
    const linger at_once{1, 0};
    // A Unix socket does not know resets; it is closed.
    static_cast<void>(::setsockopt(transport_->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    transport_->close_now();
}

address stream::local_address() const { return transport_ ? transport_->local() : address(); }
address stream::remote_address() const { return transport_ ? transport_->remote() : address(); }

void stream::set_option(int level, int name, int value, const char* what) {
    const core_ref<transport>& on = open();
    if (on->closed()) throw error(errc::closed, "gyre: " + std::string(what) + " of the stream to " + on->peer() + ": it is closed");
    const int status = detail::set_option(on->fd(), level, name, value);
    if (status != 0) detail::throw_system_error(status, std::string(what) + " of the stream to " + on->peer());
}

void stream::set_no_delay(bool on) {
    if (!remote_address().is_local() && remote_address().family() != family::any)
        set_option(IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0, "set_no_delay()");
}

void stream::set_keep_alive(bool on, duration idle, duration interval, int probes) {
    set_option(SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0, "set_keep_alive()");
    if (!on || remote_address().is_local() || remote_address().family() == family::any) return;
    set_option(IPPROTO_TCP, TCP_KEEPIDLE, to_seconds(idle), "set_keep_alive()");
    set_option(IPPROTO_TCP, TCP_KEEPINTVL, to_seconds(interval), "set_keep_alive()");
    set_option(IPPROTO_TCP, TCP_KEEPCNT, probes, "set_keep_alive()");
}

void stream::set_receive_buffer(int bytes) { set_option(SOL_SOCKET, SO_RCVBUF, bytes, "set_receive_buffer()"); }
void stream::set_send_buffer(int bytes) { set_option(SOL_SOCKET, SO_SNDBUF, bytes, "set_send_buffer()"); }

void stream::throw_unconnected() {
    throw error(errc::closed,
                "gyre: this stream is connected to nothing: it was moved from, or never connected; connect() or accept() gives one");
}

std::pair<stream, stream> connected_pair() {
    int fds[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) detail::throw_system_error(errno, "connected_pair()");
    unique_fd second(fds[1]);
    stream a = stream::adopt(fds[0]);
    stream b = stream::adopt(second.release());
    return {std::move(a), std::move(b)};
}

}  // namespace gyre::net
