#pragma once
#include <gyre/runtime/coroutine/awaitable.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

// Who may make what is made once: one task at a time, until one has made it.
class once_gate {
public:
    class awaiter;

    bool made() const noexcept { return state_ == state::made; }
    // Gives true when the caller is to make it and to end that with made_it() or failed(); false when it is made.
    awaiter enter() noexcept;
    // All go on who wait.
    void made_it() noexcept;
    // The next in line tries, if there is one.
    void failed() noexcept;

private:
    enum class state : std::uint8_t { open, making, made };

    bool is_made_by(const branch& asking) const noexcept;

    wait_list waiters_;
    home_loop home_;
    const branch* maker_ = nullptr;
    state state_ = state::open;
};

class once_gate::awaiter final : public sync_awaiter<awaiter> {
public:
    explicit awaiter(once_gate& g) noexcept : gate_(g) {}

    // True: make it. Who waits is granted the making, or refused it since there is nothing left to make.
    bool await_resume() {
        const bool chosen = settle();
        if (chosen) gate_.maker_ = branch_;
        return chosen;
    }
    std::string_view what() const noexcept override { return "once.get"; }

private:
    friend sync_awaiter;
    home_loop* home() const noexcept { return &gate_.home_; }
    bool begin();

    once_gate& gate_;
};

inline once_gate::awaiter once_gate::enter() noexcept { return awaiter(*this); }

// The making passes on to the next in line unless it was a success.
class making {
public:
    explicit making(once_gate& g) noexcept : gate_(g) {}
    making(const making&) = delete;
    ~making() {
        if (!gate_.made()) gate_.failed();
    }
    void done() noexcept { gate_.made_it(); }

private:
    once_gate& gate_;
};

}  // namespace detail

// A value that is made by the first task that asks for it, while the others wait, and then kept. When making it fails, or its
// maker is cancelled, the next who waits or asks makes it with its own function.
// Thread: the loop's.
template <class T = void>
class once {
public:
    once() noexcept = default;
    once(const once&) = delete;

    // Gives the value; fn() -> task<T> (or another awaitable) makes it, if it is not there.
    // Cancel: of the maker, what fn awaits is cancelled; of one that waits, at once. A value that is made is never lost.
    // Throws: what fn throws, to the maker only; invalid_state_error when fn asks for the same value, or for a task of
    // another loop.
    template <class Fn>
        requires std::invocable<Fn>
    task<const T&> get(Fn&& fn) {
        static_assert(detail::safe_in_await_expression<Fn>(),
                      "gyre: g++ before 13 destroys the captures of this temporary lambda twice; capture by reference, or name the lambda "
                      "first and pass the name");
        return get_or_make<std::decay_t<Fn>>(std::forward<Fn>(fn));
    }

    // The value if it is there, else null.
    const T* peek() const noexcept { return value_ ? &*value_ : nullptr; }

private:
    template <class Fn>
    task<const T&> get_or_make(Fn fn) {
        const bool chosen = co_await gate_.enter();
        if (chosen) {
            detail::making attempt(gate_);
            auto work = std::invoke(fn);
            T made = co_await std::move(work);
            value_.emplace(std::move(made));
            attempt.done();
        }
        co_return *value_;
    }

    std::optional<T> value_;
    detail::once_gate gate_;
};

// The same without a value: something that is done once.
// Thread: the loop's.
template <>
class once<void> {
public:
    once() noexcept = default;
    once(const once&) = delete;

    // Returns when fn() -> task<> (or another awaitable) has been run to its end, by this call or another.
    // Cancel: of the maker, what fn awaits is cancelled; of one that waits, at once. That it is done is never lost.
    // Throws: what fn throws, to the maker only; invalid_state_error when fn asks for the same, or for a task of another loop.
    template <class Fn>
        requires std::invocable<Fn>
    task<> get(Fn&& fn) {
        static_assert(detail::safe_in_await_expression<Fn>(),
                      "gyre: g++ before 13 destroys the captures of this temporary lambda twice; capture by reference, or name the lambda "
                      "first and pass the name");
        return get_or_make<std::decay_t<Fn>>(std::forward<Fn>(fn));
    }

    // True when it has been done.
    bool done() const noexcept { return gate_.made(); }

private:
    template <class Fn>
    task<> get_or_make(Fn fn) {
        const bool chosen = co_await gate_.enter();
        if (chosen) {
            detail::making attempt(gate_);
            auto work = std::invoke(fn);
            co_await std::move(work);
            attempt.done();
        }
    }

    detail::once_gate gate_;
};

}  // namespace gyre
