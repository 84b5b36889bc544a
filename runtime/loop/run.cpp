#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/loop/run.hpp>

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace gyre::detail {
namespace {

std::terminate_handler previous_terminate = nullptr;

// A program that lets the cancelled_error of a Ctrl-C out of main() dies of SIGINT, so that a shell knows, and without a word. What
// it has printed comes out, as at any other end.
[[noreturn]] void terminate_after_interrupt() {
    if (is_cancelled(std::current_exception())) {
        std::fflush(stdout);
        ::signal(SIGINT, SIG_DFL);
        sigset_t unblocked;
        ::sigemptyset(&unblocked);
        ::sigaddset(&unblocked, SIGINT);
        ::pthread_sigmask(SIG_UNBLOCK, &unblocked, nullptr);
        ::raise(SIGINT);
    }
    previous_terminate();
    std::abort();
}

// Before the cancelled_error is thrown: a noexcept function on its way calls the handler of that time.
void die_of_interrupt_when_uncaught() noexcept {
    static const bool installed = [] {
        previous_terminate = std::set_terminate(terminate_after_interrupt);
        return true;
    }();
    static_cast<void>(installed);
}

}  // namespace

interrupt_guard::interrupt_guard(event_loop& loop, const any_future& target) {
    if (!stand_in(SIGINT)) return;
    target_ = &target.core();
    target_->observe(*this);
    bind(loop.state());
}

interrupt_guard::~interrupt_guard() {
    stop();
    future_observer::unlink();
}

void interrupt_guard::signalled() noexcept {
    if (take() == 0 || target_ == nullptr) return;
    die_of_interrupt_when_uncaught();
    target_->request_cancel();
}

}  // namespace gyre::detail
