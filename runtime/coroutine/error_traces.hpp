#pragma once
#include <gyre/runtime/coroutine/await_place.hpp>

#include <cstddef>
#include <exception>
#include <unordered_map>
#include <vector>

namespace gyre::detail {

// Where errors came from: the stack of awaits of each error that is on its way through coroutines or stays in a future. Made by
// the first error that leaves a coroutine; programs without errors pay nothing. It holds the errors, so that an address stands
// for one of them only. An error that several tasks await collects the stacks of all, as Python's tracebacks do.
class error_traces {
public:
    // The error leaves a coroutine: the innermost one, where the stack is noted down as it stands, or one that awaited it.
    void leaves(const promise_base& coroutine, const std::exception_ptr& error);
    // A future holds the error from now on.
    void keep(const std::exception_ptr& error);
    // It does so no more.
    void drop(const std::exception_ptr& error) noexcept;

    // Innermost first; empty when nothing is known.
    const std::vector<await_place>& stack(const std::exception_ptr& error) const noexcept;

    // Forgets errors that no future has held for a while. Now and then in the loop: an error that is on its way may pass through
    // the ready queue. With nothing there (`idle`) no error is on its way, and the loop may sleep for long: all of them then.
    void sweep(bool idle);

private:
    static constexpr std::size_t most_places = 64;
    static constexpr int sweeps_survived = 2;

    struct trace {
        std::exception_ptr error;
        std::vector<await_place> places;
        const promise_base* next = nullptr;  // the coroutine that it leaves next
        std::size_t futures = 0;
        int sweeps = 0;
        bool loose = false;
    };
    trace& find_or_add(const std::exception_ptr& error);
    void let_loose(trace& t);

    std::unordered_map<const void*, trace> traces_;
    std::vector<const void*> loose_;
};

}  // namespace gyre::detail
