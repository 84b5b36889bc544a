#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/promise_base.hpp>
#include <gyre/runtime/coroutine/result_slot.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <utility>

namespace gyre {

// A coroutine that gives values one by one with co_yield and may co_await between them. Runs inside the branch that asks for
// the next value, and only while it asks.
// Clean-up: destroying a generator that stands at a co_yield unwinds it here and now, so its guards are released even when
// the loop over it was left early. What needs to await in its clean-up stands under `with`, inside the generator.
// Thread: the loop's.
template <class T>
class [[nodiscard("a generator does nothing until next() is awaited")]] async_generator {
public:
    // A generator of references gives std::optional of std::reference_wrapper, as std::optional holds no references.
    using value_type = std::conditional_t<std::is_reference_v<T>, std::reference_wrapper<std::remove_reference_t<T>>, T>;

    struct promise_type : detail::promise_base {
        async_generator get_return_object(std::source_location created = std::source_location::current()) noexcept {
            created_ = created;
            return async_generator(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        final_awaiter yield_value(T value) {
            if constexpr (std::is_reference_v<T>)
                current.emplace(value);
            else
                current.emplace(std::move(value));
            return {};
        }
        void return_void() noexcept { ended = true; }
        void unhandled_exception() noexcept {
            error = std::current_exception();
            ended = true;
        }

        std::optional<value_type> current;
        std::exception_ptr error;
        bool running = false;
        bool ended = false;
    };

    class next_awaiter;
    class close_awaiter;

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
    // Throws: invalid_state_error when it is advanced by two tasks at once.
    next_awaiter next() { return next_awaiter(coroutine_); }

    // Unwinds it at its co_yield; next() gives nullopt from then on. Python's aclose().
    close_awaiter close() { return close_awaiter(*this); }

private:
    explicit async_generator(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
    void destroy() noexcept {
        if (coroutine_ != nullptr) std::exchange(coroutine_, nullptr).destroy();
    }
    std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
class async_generator<T>::next_awaiter {
public:
    explicit next_awaiter(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

    bool await_ready() const noexcept { return coroutine_ == nullptr || coroutine_.promise().ended; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> from) {
        promise_type& p = coroutine_.promise();
        if (p.running) throw invalid_state_error("gyre: a generator is advanced by two tasks at once; give each its own, or a lock");
        p.running = true;
        p.current.reset();
        return p.enter(coroutine_, from);
    }
    std::optional<value_type> await_resume() {
        if (coroutine_ == nullptr) return std::nullopt;
        promise_type& p = coroutine_.promise();
        p.running = false;
        if (p.error) std::rethrow_exception(std::exchange(p.error, nullptr));
        return std::exchange(p.current, std::nullopt);
    }

private:
    std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
class async_generator<T>::close_awaiter {
public:
    explicit close_awaiter(async_generator& generator) noexcept : generator_(generator) {}
    bool await_ready() const {
        if (generator_.coroutine_ != nullptr && generator_.coroutine_.promise().running)
            throw invalid_state_error("gyre: a generator is closed while a task waits for its next value; cancel that task first");
        return true;
    }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() noexcept { generator_.destroy(); }

private:
    async_generator& generator_;
};

}  // namespace gyre
