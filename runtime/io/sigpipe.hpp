#pragma once
#include <signal.h>

namespace gyre::detail {

// While it lives, a write to a pipe that nobody reads any more is EPIPE in this thread and nothing else. (A socket has MSG_NOSIGNAL
// for that; pipes have RWF_NOSIGNAL since kernel 6.18.)
class sigpipe_guard {
public:
    sigpipe_guard() noexcept;
    sigpipe_guard(const sigpipe_guard&) = delete;
    sigpipe_guard& operator=(const sigpipe_guard&) = delete;
    // Takes back the signal that came meanwhile; one that was pending before stays.
    ~sigpipe_guard();

private:
    sigset_t before_;
    bool was_pending_;
};

}  // namespace gyre::detail
