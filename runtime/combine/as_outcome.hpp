#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/outcome.hpp>
#include <gyre/runtime/coroutine/this_branch.hpp>

#include <exception>
#include <utility>

namespace gyre {

namespace detail {
template <class A>
task<outcome<await_result_t<A>>> as_outcome_kept(kept_awaitable<A> what) {
    using value = await_result_t<A>;
    branch& here = co_await this_branch();
    const auto before = here.deliveries();
    try {
        if constexpr (std::is_void_v<value>) {
            co_await std::forward<kept_awaitable<A>>(what);
            co_return outcome<void>();
        } else {
            co_return outcome<value>(co_await std::forward<kept_awaitable<A>>(what));
        }
    } catch (const cancelled_error&) {
        if (here.deliveries() != before) throw;
        co_return outcome<value>(std::current_exception());
    } catch (...) {
        co_return outcome<value>(std::current_exception());
    }
}
}  // namespace detail

// Awaits without throwing: gives what the awaited thing ended with, its own cancellation included.
// Cancel: passes to what is awaited, and is thrown as ever: a cancel aimed at the awaiting task is not part of the outcome. As lossless
// as what is awaited.
// Thread: a loop's. Throws: cancelled_error.
template <awaitable A>
task<outcome<await_result_t<A>>> as_outcome(A&& a) {
    return detail::as_outcome_kept<A>(std::forward<A>(a));
}

}  // namespace gyre
