#pragma once
#include <gyre/runtime/combine/shielded.hpp>
#include <gyre/runtime/combine/with.hpp>
#include <gyre/runtime/coroutine/async_generator.hpp>
#include <gyre/runtime/coroutine/awaitable.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/generator_work.hpp>

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace gyre::detail {

template <class Items>
struct is_generator : std::false_type {};
template <class T>
struct is_generator<async_generator<T>> : std::true_type {};

// Closes what is iterated over, also when its work beside it has to end first, whatever is asked of the task meanwhile.
template <class Items>
task<> close_items(Items& items) {
    if constexpr (is_generator<Items>::value) {
        if (items.work() != nullptr) co_await shielded_call(items.close());
        items = Items();
    } else if constexpr (requires { requires awaitable<decltype(items.close())>; }) {
        co_await shielded_call(leave_resource(items, nullptr));
    } else if constexpr (has_close<Items>) {
        items.close();
    }
    co_return;
}

// What an adaptor iterates over: an object of its own (I is the type), which it closes at its end, or one of the caller's (I is a
// reference), which it leaves as it is. Also the work beside the adaptor, as far as closing it means waiting for its source's.
template <class I>
class iteration_source final : public generator_work {
    using items = std::remove_reference_t<I>;

public:
    using value_type = async_value_t<items>;

    explicit iteration_source(I&& source) : items_(std::forward<I>(source)) {}

    decltype(auto) next() { return items_.next(); }

    // In a handler: keeps the exception for end().
    void failed() noexcept { error_ = std::current_exception(); }
    const std::exception_ptr& error() const noexcept { return error_; }

    // When the iteration is over, for whatever reason. Throws: what failed() kept; else what closing throws.
    task<> end() {
        try {
            if constexpr (!std::is_reference_v<I>) co_await close_items(items_);
        } catch (...) {
            if (!error_) failed();
        }
        if (error_) std::rethrow_exception(error_);
    }

    suspension* stop(branch& waiting) noexcept override {
        if constexpr (is_generator<I>::value) {
            if (generator_work* const work = items_.work()) return work->stop(waiting);
        }
        return nullptr;
    }

private:
    I items_;
    std::exception_ptr error_;
};

// How an adaptor that outlives the call keeps its source: a copy where there can be one, so that it does not dangle; else a
// reference, as to a queue.
template <class I>
using kept_items = kept_awaitable<I>;

template <class I>
iteration_source<kept_items<I>> keep_items(I&& items) {
    using kept = kept_items<I>;
    static_assert(!std::is_rvalue_reference_v<kept>,
                  "gyre: this temporary can be neither moved nor copied into the adaptor; name it first and pass it as an lvalue");
    return iteration_source<kept>(static_cast<kept&&>(kept(std::forward<I>(items))));
}

// fn for an item: with the item moved when fn can take it so, else as an lvalue.
template <class Fn, class T>
decltype(auto) call_with(Fn& fn, T& item) {
    if constexpr (std::invocable<Fn&, T>)
        return std::invoke(fn, std::move(item));
    else
        return std::invoke(fn, item);
}
template <class Fn, class T>
using call_result = decltype(detail::call_with(std::declval<Fn&>(), std::declval<T&>()));

template <class Fn>
constexpr void check_closure() noexcept {
    static_assert(
        safe_in_await_expression<Fn>(),
        "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first and pass it as "
        "an lvalue: auto fn = [s](auto item) {...}; co_await gyre::for_each(items, fn);");
}

}  // namespace gyre::detail
