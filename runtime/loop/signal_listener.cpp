#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/loop/signal_listener.hpp>

#include <sched.h>
#include <signal.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <system_error>

namespace gyre::detail {
namespace {

static_assert(_NSIG <= 65, "a listener has one bit for each signal");
constexpr std::size_t numbers_of_signals = 65;

constexpr std::uint64_t bit_of(int number) noexcept { return std::uint64_t{1} << (number - 1); }

// Registering takes this lock; the handler takes none.
std::mutex registering;
std::array<unsigned, numbers_of_signals> listeners{};
std::array<struct sigaction, numbers_of_signals> before;
std::array<bool, numbers_of_signals> stood_in_for{};

// What the handler reads. A listener that is taken out of the list is not freed before every handler that may have seen it has ended.
std::atomic<signal_listener*> newest = nullptr;
std::array<std::atomic<unsigned>, numbers_of_signals> listeners_by_wish{};
std::atomic<unsigned> handlers_running = 0;

std::size_t at(int number) noexcept { return static_cast<std::size_t>(number); }

void wait_for_handlers() noexcept {
    while (handlers_running.load(std::memory_order_seq_cst) != 0) ::sched_yield();
}

// Blocked while its handler runs: takes effect when the handler returns.
void take_default_action(int number) noexcept {
    ::signal(number, SIG_DFL);
    ::raise(number);
}

// Why nobody can listen to it; empty when one can.
std::string_view objection_to(int number) noexcept {
    if (number < 1 || number > SIGRTMAX) return "there is no such signal";
    switch (number) {
        case SIGKILL:
        case SIGSTOP:
            return "the system lets no program catch it";
        case SIGSEGV:
        case SIGBUS:
        case SIGFPE:
        case SIGILL:
            return "it says that the program itself has failed at an instruction, which an event loop cannot mend";
        default:
            return number >= 32 && number < SIGRTMIN ? "the C library keeps it for itself" : std::string_view();
    }
}

void check(int number, const char* who) {
    const std::string_view objection = objection_to(number);
    if (objection.empty()) return;
    std::string message = std::string("gyre: ") + who + " cannot have signal " + std::to_string(number);
    if (number > 0 && number < 32) message += " (" + signal_name(number) + ")";
    throw std::invalid_argument(message.append(": ").append(objection));
}

}  // namespace

std::string signal_name(int number) {
#ifdef __GLIBC__
    if (const char* name = ::sigabbrev_np(number)) return std::string("SIG") + name;
#endif
    return "signal " + std::to_string(number);
}

void signal_listener::on_signal(int number) noexcept {
    const int error = errno;
    handlers_running.fetch_add(1, std::memory_order_seq_cst);
    const bool others_listen = listeners_by_wish[at(number)].load(std::memory_order_seq_cst) != 0;
    signal_listener* one = newest.load(std::memory_order_seq_cst);
    for (; one != nullptr; one = one->older_.load(std::memory_order_seq_cst)) one->raise(number, others_listen);
    handlers_running.fetch_sub(1, std::memory_order_seq_cst);
    errno = error;
}

void signal_listener::raise(int number, bool others_listen) noexcept {
    if ((numbers_ & bit_of(number)) == 0 || (stands_in_ && others_listen)) return;
    if (raised_.exchange(true, std::memory_order_seq_cst) && stands_in_) return take_default_action(number);
    pending_.fetch_or(bit_of(number), std::memory_order_seq_cst);
    if (loop_state* const loop = loop_.load(std::memory_order_seq_cst)) loop->interrupt();
}

void signal_listener::listen(std::span<const int> numbers, const char* who) {
    if (numbers.empty()) throw std::invalid_argument(std::string("gyre: ") + who + " needs the number of a signal at least");
    for (const int number : numbers) check(number, who);
    const std::lock_guard lock(registering);
    for (const int number : numbers) numbers_ |= bit_of(number);
    // In the list first: a handler that is in place finds somebody.
    link();
    for (std::uint64_t left = numbers_; left != 0; left &= left - 1) add(std::countr_zero(left) + 1);
}

bool signal_listener::stand_in(int number) noexcept {
    const std::lock_guard lock(registering);
    if (stood_in_for[at(number)]) return false;
    struct sigaction now = before[at(number)];
    if (listeners[at(number)] == 0 && ::sigaction(number, nullptr, &now) != 0) return false;
    if ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL) return false;
    stands_in_ = stood_in_for[at(number)] = true;
    numbers_ = bit_of(number);
    link();
    add(number);
    return true;
}

void signal_listener::link() noexcept {
    older_.store(newest.load(std::memory_order_relaxed), std::memory_order_relaxed);
    newest.store(this, std::memory_order_seq_cst);
}

// With the lock held.
void signal_listener::add(int number) {
    if (!stands_in_) listeners_by_wish[at(number)].fetch_add(1, std::memory_order_seq_cst);
    if (listeners[at(number)]++ != 0) return;
    struct sigaction ours{};
    ours.sa_handler = on_signal;
    // Code that knows nothing of this must not find its system calls interrupted.
    ours.sa_flags = SA_RESTART;
    // Cannot fail: the number has been checked.
    ::sigaction(number, &ours, &before[at(number)]);
}

void signal_listener::remove(int number) noexcept {
    if (!stands_in_) listeners_by_wish[at(number)].fetch_sub(1, std::memory_order_seq_cst);
    if (--listeners[at(number)] != 0) return;
    // Whoever put another handler in place meanwhile keeps it.
    struct sigaction now{};
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == on_signal) ::sigaction(number, &before[at(number)], nullptr);
}

void signal_listener::stop() noexcept {
    if (numbers_ == 0) return;
    {
        const std::lock_guard lock(registering);
        for (std::uint64_t left = numbers_; left != 0; left &= left - 1) remove(std::countr_zero(left) + 1);
        if (stands_in_) stood_in_for[at(std::countr_zero(numbers_) + 1)] = false;
        std::atomic<signal_listener*>* from = &newest;
        while (from->load(std::memory_order_relaxed) != this) from = &from->load(std::memory_order_relaxed)->older_;
        from->store(older_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
    }
    wait_for_handlers();
    numbers_ = 0;
    loop_.store(nullptr, std::memory_order_relaxed);
    unlink();
}

void signal_listener::bind(loop_state& loop) noexcept {
    loop.add_signal_listener(*this);
    loop_.store(&loop, std::memory_order_seq_cst);
    // What came before there was a loop to tell.
    if (pending_.load(std::memory_order_seq_cst) != 0) loop.interrupt();
}

void signal_listener::leave_loop() noexcept {
    unlink();
    loop_.store(nullptr, std::memory_order_seq_cst);
    wait_for_handlers();
    loop_closed();
}

int signal_listener::take() noexcept {
    const std::uint64_t pending = pending_.load(std::memory_order_acquire);
    if (pending == 0) return 0;
    // From behind the last one on, so that none comes short beside one that comes all the time.
    const std::uint64_t behind = last_ == 64 ? 0 : pending & (~std::uint64_t{0} << last_);
    last_ = std::countr_zero(behind != 0 ? behind : pending) + 1;
    pending_.fetch_and(~bit_of(last_), std::memory_order_acq_rel);
    return last_;
}

}  // namespace gyre::detail
