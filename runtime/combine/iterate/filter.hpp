#pragma once
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {
template <class I, class Fn>
async_generator<typename iteration_source<I>::value_type> filter_items(iteration_source<I> from, Fn fn) {
    co_await announce_work(from);
    try {
        while (true) {
            auto item = co_await from.next();
            if (!item) break;
            bool wanted = false;
            if constexpr (awaitable<std::invoke_result_t<Fn&, decltype(*item)>>)
                wanted = static_cast<bool>(co_await std::invoke(fn, *item));
            else
                wanted = static_cast<bool>(std::invoke(fn, *item));
            if (wanted) co_yield std::move(*item);
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}
}  // namespace detail

// The items for which fn(item), a bool or something to await that gives one, is true. fn sees the item as an lvalue.
// Where the items come from: see map(). Cancel, Thread, Throws: as map().
template <class I, class Fn>
    requires async_iterator<std::remove_reference_t<I>>
async_generator<async_value_t<I>> filter(I&& items, Fn&& fn) {
    detail::check_closure<Fn>();
    return detail::filter_items<detail::kept_items<I>, std::decay_t<Fn>>(detail::keep_items<I>(std::forward<I>(items)),
                                                                         std::forward<Fn>(fn));
}

}  // namespace gyre
