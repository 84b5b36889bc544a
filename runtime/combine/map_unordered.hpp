#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/combine/workers.hpp>
#include <gyre/runtime/coroutine/async_generator.hpp>
#include <gyre/runtime/coroutine/this_branch.hpp>

#include <deque>
#include <memory>
#include <utility>

namespace gyre {

namespace detail {

// What the calls of one map_unordered() share. Calls keep it alive, so that a loop that is left early may let go of it
// while they are being cancelled.
template <class Range, class Fn, class T>
struct unordered_map final : generator_work {
    unordered_map(kept<Range> r, Fn f) : range(std::forward<kept<Range>>(r)), fn(std::move(f)) {}
    suspension* stop(branch& waiting) noexcept override { return running.stop(waiting); }

    kept<Range> range;
    Fn fn;
    std::deque<T> results;
    workers running{"map_unordered()"};
};

template <class Range, class Fn, class T, class Item>
task<> map_one(std::shared_ptr<unordered_map<Range, Fn, T>> shared, Item item) {
    T result = co_await std::invoke(shared->fn, static_cast<Item&&>(item));
    shared->results.push_back(std::move(result));
}

template <class Range, class Fn, class T>
async_generator<T> map_unordered_kept(kept<Range> range, std::size_t n, Fn fn) {
    using shared_state = unordered_map<Range, Fn, T>;
    struct owner {
        std::shared_ptr<shared_state> state;
        ~owner() { state->running.abandon(state); }
    } const held{std::make_shared<shared_state>(std::forward<kept<Range>>(range), std::move(fn))};
    shared_state& state = *held.state;
    co_await announce_work(state);
    auto it = begin_of(state.range);
    const auto end = end_of(state.range);
    while (true) {
        branch& here = co_await this_branch();
        for (; it != end && state.running.running() < n && !state.running.failed(); ++it)
            state.running.start(here, map_one<Range, Fn, T, item_of<Range>>(held.state, *it));
        while (!state.results.empty() && !state.running.failed()) {
            T result = std::move(state.results.front());
            state.results.pop_front();
            co_yield std::move(result);
        }
        if (state.running.running() == 0 && (it == end || state.running.failed())) break;
        co_await state.running;
    }
    state.running.settle(co_await this_branch());
}

}  // namespace detail

// Awaits fn(item), a task<T>, for the items of the range, no more than n (at least 1) at a time, and gives the results in the
// order in which they come. Items are taken as places become free.
// The first failure cancels the other calls; when they have ended it is thrown from next(). Leaving the loop early cancels
// the calls, which then end by themselves: what fn refers to must outlive them. close() waits for their end.
// Cancel: cancels the calls and waits for them; results that next() has not given are lost. Thread: a loop's.
// Throws from next(): the first error; cancelled_error.
template <iterable Range, class Fn>
async_generator<detail::body_result<Fn&, detail::item_of<Range>>> map_unordered(Range&& range, std::size_t n, Fn fn) {
    using value = detail::body_result<Fn&, detail::item_of<Range>>;
    return detail::map_unordered_kept<Range, Fn, value>(std::forward<Range>(range), n == 0 ? 1 : n, std::move(fn));
}

}  // namespace gyre
