#pragma once
#include <gyre/runtime/coroutine/frame_allocator.hpp>

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace gyre::detail {

class branch;

// Awaits an awaiter where it stands: a local, or a temporary of the co_await expression. g++ 12 would copy or move it first; where that is
// not so, a reference does.
#if defined(__clang__)
template <class A>
using awaited_in_place = A&;
#else
template <class A>
struct awaited_in_place {
    explicit awaited_in_place(A& a) noexcept : awaiter(a) {}
    A& awaiter;
    bool await_ready() { return awaiter.await_ready(); }
    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> h) {
        return awaiter.await_suspend(h);
    }
    decltype(auto) await_resume() { return awaiter.await_resume(); }
};
#endif

// What every gyre coroutine's promise begins with: the branch it runs in, who awaits it, and where.
struct promise_base : frame_allocated {
    std::suspend_always initial_suspend() noexcept { return {}; }

    // Records where the coroutine waits, so that a stack of awaits can be printed at any time. Who wants to know before await_suspend() for
    // whom it is awaited has awaited_in(), and needs no suspension for what it can do at once.
    template <class A>
    decltype(auto) await_transform(A&& a, std::source_location where = std::source_location::current()) noexcept {
        awaiting_ = where;
        if constexpr (requires { a.awaited_in(*branch_); }) a.awaited_in(*branch_);
        if constexpr (requires { a.await_ready(); })
            return awaited_in_place<std::remove_reference_t<A>>(a);
        else
            return std::forward<A>(a);
    }

    // The error that leaves the coroutine; notes down where it came from.
    std::exception_ptr catch_error() const noexcept;

    // Ends a coroutine: back to who awaits it, or, at the root, the branch ends.
    struct final_awaiter {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) noexcept {
            return h.promise().leave();
        }
        void await_resume() noexcept {}
    };
    final_awaiter final_suspend() noexcept { return {}; }

    // Enters the coroutine `self` from the coroutine of `caller`.
    template <class Caller>
    std::coroutine_handle<> enter(std::coroutine_handle<> self, std::coroutine_handle<Caller> from) noexcept;
    std::coroutine_handle<> leave() noexcept;

    branch* branch_ = nullptr;
    std::coroutine_handle<> continuation_;  // null at a branch's root
    promise_base* awaited_by_ = nullptr;
    std::source_location created_;
    std::source_location awaiting_;
};

}  // namespace gyre::detail
