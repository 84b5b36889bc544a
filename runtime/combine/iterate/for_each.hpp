#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {
template <class I, class Fn>
task<> for_each_of(iteration_source<I> from, Fn fn) {
    using value = typename iteration_source<I>::value_type;
    try {
        while (true) {
            auto item = co_await from.next();
            if (!item) break;
            if constexpr (awaitable<call_result<Fn, value>>)
                co_await call_with(fn, *item);
            else
                static_cast<void>(call_with(fn, *item));
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}
}  // namespace detail

// Calls fn(item) for every item, one after the other, and awaits what it gives when it can be awaited.
//     co_await gyre::for_each(response.lines(), [&](std::string line) { ... });
// The items come from anything with a next(): an lvalue stays open and can be iterated further; an rvalue is the call's own, and closed
// when the call ends.
// Cancel: of next() and fn; an rvalue is closed first. Lossless: what was not given to fn stays in an lvalue.
// Thread: a loop's. Throws: what next() and fn throw; cancelled_error.
template <class I, class Fn>
    requires async_iterator<std::remove_reference_t<I>>
task<> for_each(I&& items, Fn&& fn) {
    detail::check_closure<Fn>();
    using kept = detail::kept<I>;
    return detail::for_each_of<kept, std::decay_t<Fn>>(detail::iteration_source<kept>(std::forward<I>(items)), std::forward<Fn>(fn));
}

}  // namespace gyre
