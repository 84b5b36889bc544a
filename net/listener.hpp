#pragma once
#include <gyre/net/address.hpp>
#include <gyre/net/detail/listener_core.hpp>
#include <gyre/net/error.hpp>
#include <gyre/net/stream.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::net {

struct listen_options {
    listen_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    int backlog = 4096;         // connections that wait; the kernel's net.core.somaxconn limits it
    bool reuse_address = true;  // bind at once after a restart
    bool reuse_port = false;    // several listeners share the port, and the kernel its connections
    bool v6_only = false;       // an IPv6 listener takes no IPv4 connections
    bool no_delay = true;       // of accepted streams, see stream::set_no_delay
};

namespace detail {

class [[nodiscard("nothing is accepted until it is awaited")]] accept_awaiter final : public accept_operation {
public:
    explicit accept_awaiter(core_ref<listener_core> listener) noexcept : accept_operation(std::move(listener)) {}
    stream await_resume() {
        core_ref<transport> accepted = take();
        if (!accepted) throw_closed();
        return stream(std::move(accepted));
    }
};

class [[nodiscard("nothing is accepted until it is awaited")]] accept_next_awaiter final : public accept_operation {
public:
    explicit accept_next_awaiter(core_ref<listener_core> listener) noexcept : accept_operation(std::move(listener)) {}
    std::optional<stream> await_resume() {
        core_ref<transport> accepted = take();
        if (!accepted) return std::nullopt;
        return stream(std::move(accepted));
    }
};

}  // namespace detail

// A socket that takes connections. Move-only; of the loop it was made in. An async iterator of streams. The destructor closes.
// Thread: the loop's.
class listener {
public:
    // Takes none.
    listener() noexcept = default;
    listener(listener&&) noexcept = default;
    listener& operator=(listener&& other) noexcept {
        if (this != &other) {
            drop();
            core_ = std::move(other.core_);
        }
        return *this;
    }
    ~listener() { drop(); }

    // False when it was closed.
    explicit operator bool() const noexcept { return core_ && !core_->closed(); }

    // Waits for a connection. Several tasks may wait. When the system is out of file descriptors or memory it waits until
    // there are some, with growing pauses of up to a second, and says so once through the loop's exception handler.
    // Cancel: at once, nothing is lost: a connection that is not taken stays in the queue for the next accept.
    // Throws: net::error with errc::closed when the listener is closed, before or meanwhile, else with the system's code;
    // invalid_state_error for a task of another loop.
    detail::accept_awaiter accept() { return detail::accept_awaiter(core_); }
    // The same for an async iterator. Returns: nullopt when it is closed.
    detail::accept_next_awaiter next() { return detail::accept_next_awaiter(core_); }

    // Stops listening, and ends what other tasks wait for on it. Connections that nobody accepted are reset by the kernel.
    // Cancel: does not end it, nothing is lost: it is closed all the same. Throws: invalid_state_error for a task of another loop.
    detail::close_awaiter close() { return detail::close_awaiter(core_); }

    // Called when a connection waits and the system is out of file descriptors or memory: `fn` may close something, and returns whether
    // it did; then the next try comes soon, and nothing is reported. It must not throw, nor close the listener. Empty: nobody is asked.
    // Throws: nothing.
    void on_shortage(std::function<bool()> fn) {
        if (core_) core_->on_shortage(std::move(fn));
    }

    // With the port that was found for port 0. Throws: nothing.
    address local_address() const { return core_ ? core_->local() : address(); }
    int native_handle() const noexcept { return core_ ? core_->fd() : -1; }

    // For the library.
    explicit listener(detail::core_ref<detail::listener_core> core) noexcept : core_(std::move(core)) {}

private:
    void drop() noexcept {
        if (core_) core_->close_now();
    }
    detail::core_ref<detail::listener_core> core_;
};

// Listens on TCP. `host`: an IP address of this machine; "" for every one, IPv6 and IPv4 alike; "localhost" for 127.0.0.1.
// `port`: 0 for a free one.
// Thread: a loop's. Throws: net::error that names the address, with EADDRINUSE, EACCES, EADDRNOTAVAIL ...;
// std::invalid_argument when `host` is a name; invalid_state_error outside a running loop.
listener listen(std::string_view host, std::uint16_t port, const listen_options& options = listen_options());
// On any address, Unix sockets too.
listener listen(const address& at, const listen_options& options = listen_options());

// Listens on a Unix socket: a path, or "@name" for Linux's abstract namespace. A socket file that a dead server left is
// replaced; the file is removed when the listener is closed.
// Thread: a loop's. Throws: as listen(), with EADDRINUSE when a server answers on it; std::invalid_argument for a path that is no
// address, see address::local().
listener listen_unix(std::string_view path, const listen_options& options = listen_options());

}  // namespace gyre::net
