#pragma once
#include <gyre/runtime/loop/signal_listener.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace gyre {

namespace detail {

class signal_awaiter;

// The inside of a signals object: what came, and who waits for it.
class signal_stream final : public signal_listener {
public:
    // Throws: std::invalid_argument.
    explicit signal_stream(std::span<const int> numbers) { listen(numbers, "signals()"); }
    ~signal_stream() { close(); }

    void close() noexcept;
    home_loop* home() noexcept { return &home_; }
    // True when it is served; else it has been put into the line.
    bool enter(signal_awaiter& w);

private:
    void signalled() noexcept override;
    // Another loop may use it next.
    void loop_closed() noexcept override { home_ = home_loop(); }

    wait_list waiters_;
    home_loop home_;
    bool closed_ = false;
};

class [[nodiscard("co_await it")]] signal_awaiter final : public sync_awaiter<signal_awaiter> {
public:
    explicit signal_awaiter(signal_stream& stream) noexcept : stream_(stream) {}

    std::optional<int> await_resume() {
        if (!settle()) return std::nullopt;
        return number_;
    }
    std::string_view what() const noexcept override { return "signals.next"; }

private:
    friend sync_awaiter;
    friend signal_stream;
    home_loop* home() const noexcept { return stream_.home(); }
    bool begin() { return stream_.enter(*this); }

    signal_stream& stream_;
    int number_ = 0;
};

}  // namespace detail

// Signals that come to the process, as an async iterator. It listens from when it is made until it is destroyed or closed; meanwhile
// the signals do nothing else, and then have the action they had before. Any number of them may listen to the same
// signal, on any loops, and each one gets it. One that comes between two next() waits for the second; several of the same number
// that come before it is asked for count once, as everywhere in POSIX.
//
//     gyre::signals stop({SIGINT, SIGTERM});
//     co_await stop.next();
//
// Ctrl-C does not cancel the main task of run() while somebody listens to SIGINT. Children of the process (command) start with
// every signal at its default action.
// Thread: a loop's; it may be made outside one, and belongs to the first loop that asks it.
class signals {
public:
    // Throws: std::invalid_argument for a number that no program can catch (SIGKILL, SIGSTOP), that is no signal, or that stands for a
    // fault of the program itself (SIGSEGV, SIGBUS, SIGFPE, SIGILL).
    signals(std::initializer_list<int> numbers) : signals(std::span<const int>(numbers.begin(), numbers.size())) {}
    explicit signals(std::span<const int> numbers) : stream_(std::make_unique<detail::signal_stream>(numbers)) {}
    signals(signals&&) noexcept = default;
    signals& operator=(signals&&) noexcept = default;
    ~signals() = default;  // close()

    // Waits for a signal; of several tasks that wait the first gets it. Of several numbers that have come each has its turn.
    // Returns: its number; nullopt once closed.
    // Cancel: at once, nothing is lost: a signal that came first is delivered and the request stays pending.
    // Thread: the loop's. Throws: invalid_state_error for a task of another loop.
    detail::signal_awaiter next() noexcept { return detail::signal_awaiter(*stream_); }

    // Listens no longer; who waits gets nullopt. Idempotent.
    // Thread: the loop's.
    void close() noexcept { stream_->close(); }

private:
    std::unique_ptr<detail::signal_stream> stream_;
};

}  // namespace gyre
