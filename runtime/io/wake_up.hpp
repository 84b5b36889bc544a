#pragma once
#include <gyre/runtime/io/unique_fd.hpp>

namespace gyre::detail {

// An eventfd that ends a wait, the one under way or the next.
class wake_up {
public:
    // Throws: std::system_error when the process has no fds left.
    wake_up();

    int fd() const noexcept { return fd_.get(); }
    // From any thread, and from a signal handler.
    void signal() const noexcept;
    bool signalled() const noexcept;
    // True when it had been signalled.
    bool reset() const noexcept;

private:
    unique_fd fd_;
};

}  // namespace gyre::detail
