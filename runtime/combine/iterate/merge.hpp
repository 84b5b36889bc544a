#pragma once
#include <gyre/runtime/combine/as_completed.hpp>
#include <gyre/runtime/combine/iterate/iteration_source.hpp>
#include <gyre/runtime/combine/workers.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

// What a merge() and its calls of next() share; it outlives a merge that is left early until they have ended.
template <class T>
class merging final : public generator_work {
public:
    using value_type = typename async_generator<T>::value_type;
    struct arrival {
        std::size_t from;
        value_type item;
    };

    explicit merging(std::vector<async_generator<T>> s) noexcept : sources(std::move(s)) {}

    void ask(branch& here, std::size_t i) { running.start(here, pull(*this, i)); }

    suspension* stop(branch& waiting) noexcept override {
        if (suspension* const on = running.stop(waiting)) return on;
        for (async_generator<T>& source : sources)
            if (generator_work* const work = source.work())
                if (suspension* const on = work->stop(waiting)) return on;
        return nullptr;
    }

    std::vector<async_generator<T>> sources;
    std::deque<arrival> arrived;
    workers running{"merge()"};

private:
    static task<> pull(merging& self, std::size_t i) {
        auto item = co_await self.sources[i].next();
        if (!item) co_return;
        arrival came{i, std::move(*item)};
        self.arrived.push_back(std::move(came));
    }
};

// Cancels what still runs, and lets go of the rest at once.
template <class T>
class merge_owner {
public:
    explicit merge_owner(std::vector<async_generator<T>> sources) : state_(std::make_shared<merging<T>>(std::move(sources))) {}
    merge_owner(const merge_owner&) = delete;
    ~merge_owner() {
        state_->sources.clear();
        state_->running.abandon(state_);
    }
    merging<T>& operator*() const noexcept { return *state_; }

private:
    std::shared_ptr<merging<T>> state_;
};

template <class T>
async_generator<T> merge_items(std::vector<async_generator<T>> sources) {
    const merge_owner<T> owner(std::move(sources));
    merging<T>& all = *owner;
    co_await announce_work(all);
    branch* here = &co_await this_branch();
    for (std::size_t i = 0; i < all.sources.size(); ++i) all.ask(*here, i);
    while (true) {
        while (!all.arrived.empty()) {
            typename merging<T>::arrival next = std::move(all.arrived.front());
            all.arrived.pop_front();
            co_yield std::move(next.item);
            here = &co_await this_branch();
            if (!all.running.failed()) all.ask(*here, next.from);
        }
        if (all.running.running() == 0) break;
        co_await all.running;
    }
    for (async_generator<T>& source : all.sources) co_await close_items(source);
    all.running.settle(*here);
}

template <class T, class I>
async_generator<T> converted_items(iteration_source<I> from) {
    co_await announce_work(from);
    try {
        while (true) {
            auto item = co_await from.next();
            if (!item) break;
            T value(std::move(*item));
            co_yield std::move(value);
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}
// A generator as it is, anything else with a next() as a generator.
template <class T, class I>
async_generator<T> as_generator(I&& items) {
    if constexpr (std::is_same_v<I, async_generator<T>>)
        return std::move(items);
    else
        return converted_items<T, kept_items<I>>(keep_items<I>(std::forward<I>(items)));
}

}  // namespace detail

// The items of all sources in the order in which they come. Each source is asked for its next item while the others are waited for, and
// runs no further ahead than that one item; it is asked again once the loop comes back for more.
// The first error cancels the other sources' pending next(); when those have ended, and what had come before is given, it is thrown.
// Leaving the loop early does the same, without waiting: close() waits. It drops what had come and was not asked for.
// Cancel: cancels every source's next() and waits for them; lossless, what came first is given first. Thread: a loop's.
// Throws from next(): the first error; cancelled_error.
template <class T>
async_generator<T> merge(std::vector<async_generator<T>> sources) {
    return detail::merge_items<T>(std::move(sources));
}

// The same of anything with a next(), whose items have a common type. How they are kept: see map().
// Cancel, Thread, Throws: as merge() of generators.
template <class... I>
    requires(sizeof...(I) > 0 && (async_iterator<std::remove_reference_t<I>> && ...))
async_generator<std::common_type_t<async_value_t<I>...>> merge(I&&... items) {
    using value = std::common_type_t<async_value_t<I>...>;
    std::vector<async_generator<value>> sources;
    sources.reserve(sizeof...(I));
    (sources.push_back(detail::as_generator<value, I>(std::forward<I>(items))), ...);
    return merge(std::move(sources));
}

}  // namespace gyre
