#pragma once
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {
template <class I>
async_generator<std::pair<std::size_t, typename iteration_source<I>::value_type>> enumerate_items(iteration_source<I> from,
                                                                                                  std::size_t start) {
    using value = typename iteration_source<I>::value_type;
    co_await announce_work(from);
    try {
        for (std::size_t index = start;; ++index) {
            auto item = co_await from.next();
            if (!item) break;
            std::pair<std::size_t, value> numbered(index, std::move(*item));
            co_yield std::move(numbered);
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}
}  // namespace detail

// Each item with its number, counted from `start`.
// Where the items come from: see map(). Cancel, Thread, Throws: as map().
template <class I>
    requires async_iterator<std::remove_reference_t<I>>
async_generator<std::pair<std::size_t, async_value_t<I>>> enumerate(I&& items, std::size_t start = 0) {
    return detail::enumerate_items<detail::kept_items<I>>(detail::keep_items<I>(std::forward<I>(items)), start);
}

}  // namespace gyre
