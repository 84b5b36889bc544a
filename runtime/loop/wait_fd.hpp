#pragma once
#include <gyre/runtime/io/io_awaiter.hpp>

namespace gyre {

namespace detail {
class poll_awaiter final : public io_awaiter {
public:
    poll_awaiter(int fd_to_watch, unsigned events) noexcept : io_awaiter(opcode::poll) {
        fd = fd_to_watch;
        flags = events;
    }
    void await_resume();
};
}  // namespace detail

// Waits until a read from the fd would not block (data, end of file or an error). The fd stays the caller's and must stay
// open meanwhile.
// Cancel: at once, nothing is lost. Thread: a loop's. Throws: std::system_error, for example for a closed fd.
detail::poll_awaiter wait_readable(int fd);
// The same for a write.
detail::poll_awaiter wait_writable(int fd);

}  // namespace gyre
