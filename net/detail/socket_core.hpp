#pragma once
#include <gyre/net/address.hpp>
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/io/submit.hpp>

#include <coroutine>
#include <cstdint>
#include <string_view>

namespace gyre::net::detail {

namespace core = gyre::detail;
using core::core_ref;

// A socket and the loop it belongs to. Counted, because an operation in flight outlives the stream that was closed under it.
// Of the loop's thread only.
class socket_core {
public:
    socket_core(const socket_core&) = delete;
    socket_core& operator=(const socket_core&) = delete;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    core::io_scheduler& loop() const noexcept { return *loop_; }
    int fd() const noexcept { return fd_; }
    bool closed() const noexcept { return fd_ < 0; }

    // Cancels what is in flight and closes, waiting for nothing. Also when the loop does not run, or has closed.
    virtual void close_now() noexcept;
    // Makes `op` the close, so that completed() comes when it is done. Only for one that is open.
    virtual void start_close(core::operation& op);

    // Throws invalid_state_error when the task belongs to another loop.
    void require_loop_of(core::branch& b) const {
        if (&b.owner() != loop_) [[unlikely]]
            throw_other_loop();
    }

protected:
    // Takes the fd over, unless it throws.
    socket_core(core::io_scheduler& loop, int fd) noexcept : loop_(&loop), fd_(fd) { loop.add_reference(); }
    virtual ~socket_core();

    // It has been closed just now, and what is in flight is about to end. False when nothing can be.
    virtual bool closing() noexcept { return true; }
    int take_fd() noexcept;

private:
    [[noreturn]] static void throw_other_loop();

    core::io_scheduler* loop_;
    int fd_;
    std::uint32_t references_ = 1;
};

// The loop that runs; throws invalid_state_error, naming what needs it, when none does.
core::io_scheduler& current_loop(const char* what);

// Closes the socket and waits until that is done. With a cancel pending it is closed all the same.
class [[nodiscard]] close_awaiter final : public core::operation, public core::suspension {
public:
    explicit close_awaiter(core_ref<socket_core> socket) noexcept : socket_(std::move(socket)) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &core::branch_of(h);
        if (!begin()) return false;
        branch_->suspend(h, *this);
        return true;
    }
    void await_resume() {
        if (stopped_) branch_->throw_cancelled();
    }

    void completed() noexcept override { branch_->wake(); }
    void cancel() noexcept override {}  // it ends at once anyway, and a close that did not happen would leak
    std::string_view what() const noexcept override { return "close"; }

private:
    bool begin();

    core_ref<socket_core> socket_;
    core::branch* branch_ = nullptr;
    bool stopped_ = false;
};

}  // namespace gyre::net::detail
