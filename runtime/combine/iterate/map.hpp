#pragma once
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

// What map() gives for what fn returns: that, or, for something to await, what it gives.
template <class R>
struct mapped {
    using type = std::remove_cv_t<R>;
};
template <awaitable R>
struct mapped<R> {
    using type = std::remove_cv_t<await_result<R>>;
};

template <class I, class Fn>
using mapped_value = typename mapped<call_result<Fn, async_value_t<I>>>::type;

template <class T, class I, class Fn>
async_generator<T> map_items(iteration_source<I> from, Fn fn) {
    static_assert(!std::is_void_v<T>, "gyre: map() needs a function that gives a value; for one that gives none there is for_each()");
    co_await announce_work(from);
    try {
        while (true) {
            auto item = co_await from.next();
            if (!item) break;
            if constexpr (awaitable<call_result<Fn, typename iteration_source<I>::value_type>>) {
                T value = co_await call_with(fn, *item);
                co_yield static_cast<T&&>(value);
            } else {
                T value = call_with(fn, *item);
                co_yield static_cast<T&&>(value);
            }
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}

}  // namespace detail

// fn(item) for each item, as it is asked for; where fn gives something to await, such as a task, what that gives.
// The items come from anything with a next(): a copy or an rvalue is the adaptor's own, closed at its end or with it; what cannot be
// copied, such as a queue, is used where it stands, must outlive the adaptor and stays open.
// Cancel: of next() and fn, and the adaptor ends; the item that fn had is lost, what was not asked for stays in a source that is not
// the adaptor's own. Thread: a loop's. Throws from next(): what the items' next() and fn throw.
template <class I, class Fn>
    requires async_iterator<std::remove_reference_t<I>>
async_generator<detail::mapped_value<I, std::decay_t<Fn>>> map(I&& items, Fn&& fn) {
    detail::check_closure<Fn>();
    using value = detail::mapped_value<I, std::decay_t<Fn>>;
    return detail::map_items<value, detail::kept_items<I>, std::decay_t<Fn>>(detail::keep_items<I>(std::forward<I>(items)),
                                                                             std::forward<Fn>(fn));
}

}  // namespace gyre
