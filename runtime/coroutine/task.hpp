#pragma once
#include <gyre/runtime/coroutine/awaitable.hpp>
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/promise_base.hpp>
#include <gyre/runtime/coroutine/result_slot.hpp>

#include <coroutine>
#include <source_location>
#include <string_view>
#include <utility>

namespace gyre {

namespace detail {
// Destroys a coroutine that never ran, and reports it as never awaited in debug mode.
void destroy_unstarted(std::coroutine_handle<> coroutine, const promise_base& promise) noexcept;
// `what` was given the task.
[[noreturn]] void throw_empty_task(std::string_view what = "co_await");
}  // namespace detail

// A coroutine that gives a T, or throws. Lazy: it starts when it is awaited or spawned, and is awaited at most once, as an
// rvalue: `co_await f()` or `co_await std::move(t)`.
// Cancel: none of its own: what it awaits is cancelled, and it is as lossless as that.
// Thread: any before it has started, one at a time; then the loop's.
template <class T>
class [[nodiscard("a task does nothing until it is awaited or spawned")]] task {
public:
    using value_type = T;

    struct promise_type : detail::promise_base, detail::promise_return<T> {
        task get_return_object(std::source_location created = std::source_location::current()) noexcept {
            created_ = created;
            return task(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        void unhandled_exception() noexcept { this->slot.error = catch_error(); }
    };

    class awaiter;

    task() noexcept = default;
    task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            reset();
            coroutine_ = std::exchange(other.coroutine_, nullptr);
        }
        return *this;
    }
    ~task() { reset(); }

    // True when it holds a coroutine that has not started.
    explicit operator bool() const noexcept { return coroutine_ != nullptr; }

    // Throws: what the coroutine throws; invalid_state_error for an empty task.
    awaiter operator co_await() && {
        if (coroutine_ == nullptr) detail::throw_empty_task();
        return awaiter(release());
    }

    // For the library. Of one that is not empty: where its function stands.
    const std::source_location& created() const noexcept { return coroutine_.promise().created_; }
    // The same: it only keeps alive what the function at that place needs, and goes by its name.
    void stand_for(const std::source_location& function) noexcept { coroutine_.promise().created_ = function; }
    // Gives the coroutine away. For the library.
    std::coroutine_handle<promise_type> release() noexcept { return std::exchange(coroutine_, nullptr); }

private:
    explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
    void reset() noexcept {
        if (coroutine_ != nullptr) detail::destroy_unstarted(coroutine_, coroutine_.promise());
    }
    std::coroutine_handle<promise_type> coroutine_;
};

// Runs the coroutine inside the branch that awaits it.
template <class T>
class task<T>::awaiter {
public:
    explicit awaiter(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
    awaiter(awaiter&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    awaiter& operator=(awaiter&&) = delete;
    ~awaiter() {
        if (coroutine_ != nullptr) coroutine_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> from) noexcept {
        return coroutine_.promise().enter(coroutine_, from);
    }
    T await_resume() { return coroutine_.promise().slot.take(); }

private:
    std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {
// A task that a cancelled call will not start. It is no mistake of the user's, so it is not reported as never awaited.
template <class T>
void discard(task<T>& t) noexcept {
    if (t) t.release().destroy();
}
}  // namespace detail

}  // namespace gyre
