#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <type_traits>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {
template <class I>
task<std::vector<typename iteration_source<I>::value_type>> collect_from(iteration_source<I> from) {
    std::vector<typename iteration_source<I>::value_type> all;
    try {
        while (true) {
            auto item = co_await from.next();
            if (!item) break;
            all.push_back(std::move(*item));
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
    co_return all;
}
}  // namespace detail

// Gives every item, when the last one has come. The items come from anything with a next(): an lvalue, or an rvalue which is the call's
// own.
// Cancel: of next(); the items that had come are lost. Thread: a loop's. Throws: what next() throws; cancelled_error.
template <class I>
    requires async_iterator<std::remove_reference_t<I>>
task<std::vector<async_value_t<I>>> collect(I&& items) {
    using kept = detail::kept<I>;
    return detail::collect_from<kept>(detail::iteration_source<kept>(std::forward<I>(items)));
}

}  // namespace gyre
