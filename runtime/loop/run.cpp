#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/loop/run.hpp>

#include <csignal>
#include <cstdlib>
#include <atomic>
#include <exception>

namespace gyre::detail {
namespace {

std::atomic<loop_state*> interruptible = nullptr;
std::atomic<bool> interrupted_before = false;
std::terminate_handler previous_terminate = nullptr;

void die_of_interrupt() noexcept {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
}

// A program interrupted by Ctrl-C that lets the cancelled_error out of main() should not dump core.
[[noreturn]] void terminate_after_interrupt() {
    if (is_cancelled(std::current_exception())) die_of_interrupt();
    previous_terminate();
    std::abort();
}

void on_interrupt(int) {
    loop_state* loop = interruptible.load();
    if (loop == nullptr || interrupted_before.exchange(true)) return die_of_interrupt();
    loop->interrupt();
}

}  // namespace

interrupt_guard::interrupt_guard(event_loop& loop, any_future target) : loop_(loop) {
    struct sigaction old {};
    loop_state* none = nullptr;
    if (::sigaction(SIGINT, nullptr, &old) != 0 || old.sa_handler != SIG_DFL) return;
    if (!interruptible.compare_exchange_strong(none, &loop.state())) return;
    interrupted_before = false;
    loop.state().set_interrupt_target(&target.core());
    struct sigaction ours {};
    ours.sa_handler = on_interrupt;
    ::sigaction(SIGINT, &ours, nullptr);
    installed_ = true;
}

interrupt_guard::~interrupt_guard() {
    if (!installed_) return;
    std::signal(SIGINT, SIG_DFL);
    loop_.state().set_interrupt_target(nullptr);
    interruptible = nullptr;
    if (interrupted_before && previous_terminate == nullptr) previous_terminate = std::set_terminate(terminate_after_interrupt);
}

}  // namespace gyre::detail
