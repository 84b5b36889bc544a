#pragma once
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/loop/signal_listener.hpp>

#include <optional>
#include <utility>

namespace gyre {

namespace detail {

// While it lives, Ctrl-C cancels a task: the first time; a second Ctrl-C ends the process. Where the program listens to SIGINT
// itself, that comes first.
class interrupt_guard final : private signal_listener, private future_observer {
public:
    interrupt_guard(event_loop& loop, const any_future& target);
    ~interrupt_guard();

private:
    void signalled() noexcept override;
    void completed(future_core&) noexcept override { target_ = nullptr; }

    // Not counted: the last handle can move the result out.
    future_core* target_ = nullptr;
};

template <class T>
T run_to_end(task<T>&& main, loop_options&& options) {
    event_loop loop(std::move(options));
    future<T> result = loop.spawn(std::move(main));
    const interrupt_guard interrupts(loop, result);
    struct closer {
        event_loop& loop;
        ~closer() noexcept(false) { loop.close(); }
    } const close_at_end{loop};
    return loop.run_until_complete(std::move(result));
}

}  // namespace detail

// Makes a loop, runs the task to its end, cancels and awaits what it left behind, and gives its result.
// Cancel: Ctrl-C cancels the task; a program that does not catch the cancelled_error then dies of SIGINT without a message, as a
// shell expects, once all its tasks have ended. A second one ends the process at once. Only where SIGINT has its default action,
// and nobody listens to it with signals() or add_signal_handler().
// Thread: any that runs no loop.
// Throws: the task's error; cancelled_error; invalid_state_error inside a running loop, or for an empty task; as event_loop's constructor
// and run_until_complete().
template <class T>
T run(task<T> main, loop_options options = loop_options()) {
    try {
        return detail::run_to_end(std::move(main), std::move(options));
    } catch (...) {
        // C++ unwinds nothing for an error that nobody catches: without this, what is left behind would not be cancelled and awaited.
        throw;
    }
}

}  // namespace gyre
