#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/combine/workers.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/this_branch.hpp>

#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {
template <class Range, class Fn>
task<> for_each_concurrent_kept(kept<Range> range, std::size_t n, Fn fn) {
    branch& here = co_await this_branch();
    workers running("for_each_concurrent()");
    auto it = begin_of(range);
    const auto end = end_of(range);
    std::exception_ptr error;
    while (true) {
        try {
            for (; it != end && running.running() < n && !running.failed(); ++it) running.start(here, call_for<Range>(fn, it));
        } catch (...) {
            error = std::current_exception();
            running.cancel();
        }
        if (running.running() == 0) break;
        co_await running;
    }
    if (error) std::rethrow_exception(error);
    running.settle(here);
}
}  // namespace detail

// Awaits fn(item), a task<>, for every item of the range, no more than n (at least 1) at a time; items are taken as places
// become free, so the range may be lazy or endless. Structured: no call outlives this one. The first failure cancels the
// other calls; when they have ended it is thrown as it is.
// Cancel: cancels the calls and waits for them; as lossless as they are. Thread: a loop's.
// Throws: the first error, of a call or of the range; cancelled_error.
template <iterable Range, class Fn>
task<> for_each_concurrent(Range&& range, std::size_t n, Fn&& fn) {
    static_assert(detail::safe_in_await_expression<Fn>(),
                  "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first: "
                  "auto each = [s](auto& item) -> gyre::task<> {...}; co_await gyre::for_each_concurrent(items, n, each);");
    using kept_function = std::decay_t<Fn>;
    return detail::for_each_concurrent_kept<Range, kept_function>(std::forward<Range>(range), n == 0 ? 1 : n, std::forward<Fn>(fn));
}

}  // namespace gyre
