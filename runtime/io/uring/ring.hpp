#pragma once
#include <gyre/runtime/coroutine/chrono.hpp>
#include <gyre/runtime/coroutine/thread_number.hpp>

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace gyre::detail {

// A ring of the kernel's, and the one thread that may use it: the first that binds to it, until another does.
class ring {
public:
    ring() = default;
    ring(const ring&) = delete;
    ring& operator=(const ring&) = delete;
    ~ring() { close(); }

    // 0 or a negative errno.
    int open() noexcept;

    // False when it is the calling thread's already; else it is now, and nothing is registered with it nor in flight.
    // Throws: invalid_state_error when `in_use`, for then what is in flight is another thread's; std::system_error.
    bool bind_to_thread(bool in_use) { return thread_ != this_thread_number() && (move_to_thread(in_use), true); }

    // A free entry of the submission queue; submits what is there when it is full.
    // Throws: std::system_error when the kernel takes no more from this ring.
    io_uring_sqe& next_entry();
    // The same; null instead.
    io_uring_sqe* try_next_entry() noexcept {
        if (io_uring_sqe* const entry = io_uring_get_sqe(&ring_)) [[likely]]
            return entry;
        return submit_for_entry();
    }

    // Submits, waits at most that long (nullopt: for the first completion), and has completions collected.
    // Throws: std::system_error.
    void enter(std::optional<std::chrono::nanoseconds> wait);
    // Calls fn(cqe) for each completion there is. It may take entries.
    template <class Fn>
    void for_each_completion(Fn fn) {
        io_uring_cqe* cqe = nullptr;
        unsigned head = 0;
        unsigned seen = 0;
        io_uring_for_each_cqe(&ring_, head, cqe) {
            ++seen;
            fn(*cqe);
        }
        io_uring_cq_advance(&ring_, seen);
    }
    // Whether there is something to submit or to collect.
    bool has_something() const noexcept;

    // Known to every kernel that has DEFER_TASKRUN.
    bool can_poll_first() const noexcept { return (ring_.flags & IORING_SETUP_DEFER_TASKRUN) != 0; }

    // The eventfd is told of completions. Throws: std::system_error.
    void register_eventfd(int fd);
    void unregister_eventfd() noexcept { io_uring_unregister_eventfd(&ring_); }

    // Writes in flight that may raise SIGPIPE, which is kept from the thread when it enters.
    std::size_t noisy_writes = 0;

private:
    void close() noexcept;
    void move_to_thread(bool in_use);
    io_uring_sqe* submit_for_entry() noexcept;
    void close_what_is_queued() noexcept;
    void forget_announcement() noexcept;
    int submit_and_wait(std::optional<std::chrono::nanoseconds> wait) noexcept;

    io_uring ring_{};
    std::uint64_t thread_ = 0;  // 0 before there is one
    int submit_error_ = 0;
    bool open_ = false;
};

}  // namespace gyre::detail
