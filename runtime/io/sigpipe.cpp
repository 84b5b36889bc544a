#include <gyre/runtime/io/sigpipe.hpp>

#include <cerrno>
#include <ctime>

namespace gyre::detail {
namespace {

sigset_t only_sigpipe() noexcept {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    return set;
}

bool sigpipe_is_pending() noexcept {
    sigset_t pending;
    ::sigpending(&pending);
    return ::sigismember(&pending, SIGPIPE) == 1;
}

}  // namespace

sigpipe_guard::sigpipe_guard() noexcept {
    const sigset_t set = only_sigpipe();
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    was_pending_ = ::sigismember(&before_, SIGPIPE) == 1 && sigpipe_is_pending();
}

sigpipe_guard::~sigpipe_guard() {
    const int error = errno;
    if (!was_pending_ && sigpipe_is_pending()) {
        const sigset_t set = only_sigpipe();
        const timespec at_once{};
        while (::sigtimedwait(&set, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
}

}  // namespace gyre::detail
