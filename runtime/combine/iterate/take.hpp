#pragma once
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {
template <class I>
async_generator<typename iteration_source<I>::value_type> take_items(iteration_source<I> from, std::size_t n) {
    co_await announce_work(from);
    try {
        for (std::size_t left = n; left > 0; --left) {
            auto item = co_await from.next();
            if (!item) break;
            co_yield std::move(*item);
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}
}  // namespace detail

// The first n items; the one behind them is never asked for.
// Where the items come from: see map(). Cancel, Thread, Throws: as map().
template <class I>
    requires async_iterator<std::remove_reference_t<I>>
async_generator<async_value_t<I>> take(I&& items, std::size_t n) {
    return detail::take_items<detail::kept_items<I>>(detail::keep_items<I>(std::forward<I>(items)), n);
}

}  // namespace gyre
