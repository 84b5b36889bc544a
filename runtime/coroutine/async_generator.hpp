#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/generator_work.hpp>
#include <gyre/runtime/coroutine/promise_base.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

// How a generator's promise takes what is yielded. A parameter by value would be one more temporary in the co_yield expression, which
// g++ 12 may destroy twice.
template <class T>
struct yielded {
    using value_type = T;
    promise_base::final_awaiter yield_value(T&& value) {
        current.emplace(std::move(value));
        return {};
    }
    promise_base::final_awaiter yield_value(const T& value)
        requires std::copy_constructible<T>
    {
        current.emplace(value);
        return {};
    }
    std::optional<T> current;
};
// std::optional holds no references.
template <class T>
struct yielded<T&> {
    using value_type = std::reference_wrapper<T>;
    promise_base::final_awaiter yield_value(T& value) noexcept {
        current.emplace(value);
        return {};
    }
    std::optional<value_type> current;
};

}  // namespace detail

// A coroutine that gives values one by one with co_yield and may co_await between them. Runs inside the branch that asks for
// the next value, and only while it asks. An async_generator<T&> gives std::reference_wrapper<T>.
// Clean-up: destroying a generator that stands at a co_yield unwinds it here and now, so its guards are released even when
// the loop over it was left early; only destructors run then. What must await in its clean-up belongs to who iterates: keep it in a
// `with` around the loop. Destroyed while a task waits for its next value, it goes on until that value is there, and is unwound then.
// Thread: the loop's.
template <class T>
class [[nodiscard("a generator does nothing until next() is awaited")]] async_generator {
public:
    using value_type = typename detail::yielded<T>::value_type;

    struct promise_type : detail::promise_base, detail::yielded<T> {
        async_generator get_return_object(std::source_location created = std::source_location::current()) noexcept {
            created_ = created;
            return async_generator(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        void return_void() noexcept { end(); }
        void unhandled_exception() noexcept {
            error = catch_error();
            end();
        }
        void end() noexcept {
            ended = true;
            work = nullptr;
        }

        std::exception_ptr error;
        detail::generator_work* work = nullptr;
        bool running = false;   // a task waits for the next value
        bool ended = false;     // the body has returned
        bool orphaned = false;  // the generator object is gone
    };

    class next_awaiter;

    async_generator() noexcept = default;
    async_generator(async_generator&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    async_generator& operator=(async_generator&& other) noexcept {
        if (this != &other) {
            destroy();
            coroutine_ = std::exchange(other.coroutine_, nullptr);
        }
        return *this;
    }
    ~async_generator() { destroy(); }

    // The next value; nullopt at the end and ever after. An error is thrown once, then nullopt.
    // Cancel: of what the generator awaits. Lossless: a value that was yielded is delivered.
    // Throws: what the coroutine throws; invalid_state_error when it is advanced by two tasks at once.
    next_awaiter next() { return next_awaiter(coroutine_); }

    // Python's aclose(): unwinds it at its co_yield, after what runs beside it (a merge()'s sources, the calls of a map_unordered()) was
    // cancelled and has ended. next() gives nullopt from now on.
    // Cancel: does not end it, nothing is lost: the request stays pending.
    // Throws: invalid_state_error while a task waits for the next value.
    task<> close();

    // For the library: the work beside it; null while a task waits for the next value.
    detail::generator_work* work() const noexcept { return coroutine_ == nullptr || running() ? nullptr : coroutine_.promise().work; }

private:
    explicit async_generator(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
    bool running() const noexcept { return coroutine_.promise().running; }
    void destroy() noexcept {
        if (coroutine_ == nullptr) return;
        if (running())
            coroutine_.promise().orphaned = true;  // who waits frees it
        else
            coroutine_.destroy();
        coroutine_ = nullptr;
    }
    std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
class async_generator<T>::next_awaiter {
public:
    explicit next_awaiter(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> from) {
        // At its end there is nothing to wait for, but a loop over that leaves the other tasks their turn too.
        if (coroutine_ == nullptr || (coroutine_.promise().ended && !coroutine_.promise().running))
            return detail::branch_of(from).finish_now(from) ? std::coroutine_handle<>(std::noop_coroutine()) : from;
        promise_type& p = coroutine_.promise();
        if (p.running) detail::throw_advanced_twice();
        p.running = true;
        p.current.reset();
        return p.enter(coroutine_, from);
    }
    std::optional<value_type> await_resume() {
        if (coroutine_ == nullptr) return std::nullopt;
        promise_type& p = coroutine_.promise();
        p.running = false;
        const frame_of_nobody last{p.orphaned ? coroutine_ : nullptr};
        if (p.error) std::rethrow_exception(std::exchange(p.error, nullptr));
        return std::exchange(p.current, std::nullopt);
    }

private:
    struct frame_of_nobody {
        std::coroutine_handle<> frame;
        ~frame_of_nobody() {
            if (frame) frame.destroy();
        }
    };
    std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
task<> async_generator<T>::close() {
    if (coroutine_ != nullptr && running()) detail::throw_closed_while_running();
    const async_generator closing(std::move(*this));
    bool waited = closing.work() != nullptr;
    while (waited) waited = co_await detail::work_end(*closing.work());
}

}  // namespace gyre
