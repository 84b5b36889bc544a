#pragma once
#include <gyre/runtime/combine/iterate/iteration_source.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {
template <class I>
async_generator<std::vector<typename iteration_source<I>::value_type>> chunk_items(iteration_source<I> from, std::size_t n) {
    using items = std::vector<typename iteration_source<I>::value_type>;
    items filling;
    co_await announce_work(from);
    try {
        while (true) {
            auto item = co_await from.next();
            if (!item) break;
            filling.push_back(std::move(*item));
            if (filling.size() < n) continue;
            items full = std::exchange(filling, items());
            co_yield std::move(full);
        }
    } catch (...) {
        from.failed();
    }
    // What came before an error is given before it.
    if (!filling.empty() && !is_cancelled(from.error())) co_yield std::move(filling);
    co_await from.end();
}
}  // namespace detail

// The items in vectors of n; the last one holds what is left, and is never empty. When the items end with an error, what had come
// before is given first.
// Where the items come from: see map().
// Cancel: as map(), and the items of a vector that is not full are lost. Thread: a loop's.
// Throws: std::invalid_argument for n == 0; from next() what the items' next() throws.
template <class I>
    requires async_iterator<std::remove_reference_t<I>>
async_generator<std::vector<async_value_t<I>>> chunk(I&& items, std::size_t n) {
    if (n == 0) throw std::invalid_argument("gyre: chunk() into vectors of 0 items would never end; give it at least 1");
    return detail::chunk_items<detail::kept_items<I>>(detail::keep_items<I>(std::forward<I>(items)), n);
}

}  // namespace gyre
