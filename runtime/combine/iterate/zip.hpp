#pragma once
#include <gyre/runtime/combine/gather.hpp>
#include <gyre/runtime/combine/iterate/iteration_source.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

template <class I>
task<std::optional<typename iteration_source<I>::value_type>> next_of(iteration_source<I>& from) {
    co_return co_await from.next();
}

// Several sources that are asked for an item each.
template <class... I>
class iteration_sources final : public generator_work {
public:
    using value_type = std::tuple<typename iteration_source<I>::value_type...>;

    explicit iteration_sources(iteration_source<I>&&... sources) : sources_(std::move(sources)...) {}

    // The next item of each, asked for at once; an empty one for each that has ended.
    auto next() {
        return std::apply([](auto&... from) { return gather(next_of(from)...); }, sources_);
    }
    // In a handler: keeps the exception for end().
    void failed() noexcept { std::get<0>(sources_).failed(); }
    task<> end() { return end_from<0>(); }

    suspension* stop(branch& waiting) noexcept override {
        suspension* on = nullptr;
        std::apply([&](auto&... from) { static_cast<void>(((on = from.stop(waiting)) || ...)); }, sources_);
        return on;
    }

private:
    // Each is closed, whatever closing another throws; the first error is thrown.
    template <std::size_t N>
    task<> end_from() {
        std::exception_ptr error;
        try {
            co_await std::get<N>(sources_).end();
        } catch (...) {
            error = std::current_exception();
        }
        if constexpr (N + 1 < sizeof...(I)) co_await end_from<N + 1>();
        if (error) std::rethrow_exception(error);
    }

    std::tuple<iteration_source<I>...> sources_;
};

template <class... I>
async_generator<typename iteration_sources<I...>::value_type> zip_items(iteration_sources<I...> from) {
    using value = typename iteration_sources<I...>::value_type;
    co_await announce_work(from);
    try {
        while (true) {
            auto round = co_await from.next();
            const bool complete = std::apply([](const auto&... item) { return (item.has_value() && ...); }, round);
            if (!complete) break;
            value items = std::apply([](auto&... item) { return value(std::move(*item)...); }, round);
            co_yield std::move(items);
        }
    } catch (...) {
        from.failed();
    }
    co_await from.end();
}

}  // namespace detail

// The first items of all, then the second ones, and so on; it stops at the shortest. The items of a round are asked for at once, as
// by gather(): what others gave in a round that is not complete, that fails or that is cancelled, is lost.
// Where the items come from: see map(). Cancel, Thread, Throws: as map().
template <class... I>
    requires(sizeof...(I) > 0 && (async_iterator<std::remove_reference_t<I>> && ...))
async_generator<std::tuple<async_value_t<I>...>> zip(I&&... items) {
    return detail::zip_items<detail::kept_items<I>...>(
        detail::iteration_sources<detail::kept_items<I>...>(detail::keep_items<I>(std::forward<I>(items))...));
}

}  // namespace gyre
