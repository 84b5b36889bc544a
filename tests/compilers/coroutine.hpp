// The least that a coroutine needs, so that a fault found here is the compiler's and not gyre's.
#pragma once
#include <coroutine>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

template <class T>
struct [[nodiscard]] lazy {
    struct promise_type {
        lazy get_return_object() { return lazy{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct final_awaiter {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
                return h.promise().continuation ? h.promise().continuation : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        final_awaiter final_suspend() noexcept { return {}; }
        void return_value(T v) { value = std::move(v); }
        void unhandled_exception() { std::terminate(); }
        std::coroutine_handle<> continuation;
        T value{};
    };
    explicit lazy(std::coroutine_handle<promise_type> h) : handle(h) {}
    lazy(lazy&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
    ~lazy() {
        if (handle) handle.destroy();
    }
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) noexcept {
        handle.promise().continuation = h;
        return handle;
    }
    T await_resume() { return std::move(handle.promise().value); }
    T run() {
        handle.resume();
        return handle.done() ? std::move(handle.promise().value) : T{};
    }
    std::coroutine_handle<promise_type> handle;
};

// Counts how often it is made and destroyed.
struct counted {
    inline static int alive = 0;
    counted() { ++alive; }
    counted(const counted&) { ++alive; }
    counted(counted&&) noexcept { ++alive; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted() { --alive; }
};

// 0 for "right", 1 for "wrong".
inline int verdict(bool right) {
    std::puts(right ? "right" : "wrong");
    std::fflush(stdout);
    return right ? 0 : 1;
}
