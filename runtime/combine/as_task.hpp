#pragma once
#include <gyre/runtime/coroutine/awaitable.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace gyre::detail {

// How a call keeps what it was given: an lvalue by reference, an rvalue by value when it can move, else by reference (it then
// lives in the caller's full expression).
template <class A>
using kept =
    std::conditional_t<!std::is_lvalue_reference_v<A> && std::constructible_from<std::remove_cvref_t<A>, A>, std::remove_cvref_t<A>, A&&>;
// The same for something to await, where a copy of an lvalue (a future) outlives the caller's.
template <class A>
using kept_awaitable = std::conditional_t<std::constructible_from<std::remove_cvref_t<A>, A>, std::remove_cvref_t<A>, A&&>;

template <class A>
task<await_result_t<A>> await_inside(kept_awaitable<A> what) {
    if constexpr (std::is_void_v<await_result_t<A>>)
        co_await std::forward<kept_awaitable<A>>(what);
    else
        co_return co_await std::forward<kept_awaitable<A>>(what);
}

// What it gives when it is awaited inside another task: a task its own result, which may be a reference; everything else a value, since
// what it refers to may go with the awaiter.
template <class A>
struct result_inside {
    using type = await_result_t<A>;
};
template <class T>
struct result_inside<task<T>> {
    using type = T;
};
template <class A>
using result_inside_t = typename result_inside<A>::type;

// Anything that can be awaited, as a task; a task as it is.
template <class A>
task<result_inside_t<A>> as_task(A&& what) {
    if constexpr (is_task<std::remove_cvref_t<A>>::value)
        return std::move(what);
    else
        return await_inside<A>(std::forward<A>(what));
}

}  // namespace gyre::detail
