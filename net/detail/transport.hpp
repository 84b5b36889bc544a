#pragma once
#include <gyre/net/buffer.hpp>
#include <gyre/net/detail/socket_core.hpp>
#include <gyre/runtime/io/read_buffer.hpp>

#include <cstddef>
#include <string>

namespace gyre::net::detail {

// What a stream stands on: a connected socket, or a layer that takes its place (TLS, an in-memory peer for tests).
//
// It is a small backend: start() takes recv, send, sendmsg and shutdown operations as io/operation.hpp describes them and calls
// completed() once for each, never inside start(). So a plain read costs no coroutine, no allocation and no virtual call more,
// and a layer serves the same awaiters.
class transport : public socket_core {
public:
    // A plain socket, which it takes over. Throws when the socket is not connected.
    transport(core::io_scheduler& loop, int fd, const address& remote) noexcept : socket_core(loop, fd), remote_(remote) {}

    // False: op.result is set already, and completed() will not be called.
    bool start(core::operation& op) {
        if (layered_) [[unlikely]]
            return start_layered(op);
        if (closed()) [[unlikely]]
            return refuse(op);
        op.fd = fd();
        op.cancel_asked = false;
        core::submit_operation(loop(), op);
        return true;
    }
    // Asks an operation that was started to end soon.
    void cancel(core::operation& op) noexcept {
        if (layered_) [[unlikely]]
            return cancel_layered(op);
        core::cancel_operation(loop(), op);
    }

    // Without waiting, and beside whatever is in flight. What a receive would find now: 1 for bytes, 0 for the end, else a negative
    // errno, -EAGAIN when it would wait.
    int look() noexcept;
    // Receives what is there: a count, 0 for the end, else a negative errno, as look().
    std::ptrdiff_t receive_now(mutable_buffer into) noexcept;

    const address& remote() const noexcept { return remote_; }
    address local() const;
    // For messages: the address, or what is known of it.
    std::string peer() const;

    core::read_buffer& unread() noexcept { return unread_; }
    // Whether the last receive took all there was: the next one then waits before it tries.
    bool drained() const noexcept { return drained_; }
    void set_drained(bool on) noexcept { drained_ = on; }

protected:
    struct layer {};
    // A layer: the *_layered functions carry it out, and close_now() and start_close() are overridden. `fd` is what tells that it is
    // open; a layer over no socket gives one that it owns, such as an eventfd's.
    transport(layer, core::io_scheduler& loop, int fd, const address& remote) noexcept
        : socket_core(loop, fd), remote_(remote), layered_(true) {}

    virtual bool start_layered(core::operation& op) { return refuse(op); }
    virtual void cancel_layered(core::operation& op) noexcept { static_cast<void>(op); }
    virtual int look_layered() noexcept;
    virtual std::ptrdiff_t receive_now_layered(mutable_buffer into) noexcept;
    static bool refuse(core::operation& op) noexcept;

private:
    core::read_buffer unread_;
    address remote_;
    bool layered_ = false;
    bool drained_ = false;
};

}  // namespace gyre::net::detail
