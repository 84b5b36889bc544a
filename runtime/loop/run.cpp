#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/loop/run.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>

namespace gyre::detail {
namespace {

std::terminate_handler previous_terminate = nullptr;

// A program interrupted by Ctrl-C that lets the cancelled_error out of main() should not dump core.
[[noreturn]] void terminate_after_interrupt() {
    if (is_cancelled(std::current_exception())) {
        std::signal(SIGINT, SIG_DFL);
        std::raise(SIGINT);
    }
    previous_terminate();
    std::abort();
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
    if (was_raised() && previous_terminate == nullptr) previous_terminate = std::set_terminate(terminate_after_interrupt);
}

void interrupt_guard::signalled() noexcept {
    if (take() != 0 && target_ != nullptr) target_->request_cancel();
}

}  // namespace gyre::detail
