#pragma once
#include <gyre/runtime/combine/wait.hpp>
#include <gyre/runtime/coroutine/async_generator.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/this_branch.hpp>
#include <gyre/runtime/loop/event_loop.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

// Futures in the order in which they end; its next() is the waiting.
class completion_order final : public watch, private timer {
public:
    completion_order() noexcept : watch("as_completed()") {}
    ~completion_order();

    void begin(branch& b, std::vector<core_ref<future_core>> sources, std::optional<time_point> deadline);
    std::size_t left() const noexcept { return sources_.size() - given_; }

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& b = branch_of(h);
        if (!prepare(b)) return false;
        return wait(h);
    }
    // Throws: cancelled_error, timeout_error.
    core_ref<future_core> await_resume();
    void cancel() noexcept override;

private:
    bool prepare(branch& b) noexcept;
    void ended(std::size_t index) noexcept override { order_.push_back(index); }
    bool enough() const noexcept override { return order_.size() > given_; }
    void fired() noexcept override;

    std::vector<core_ref<future_core>> sources_;
    std::vector<std::size_t> order_;
    loop_state* loop_ = nullptr;
    std::size_t given_ = 0;
    bool stopped_ = false;
    bool expired_ = false;
};

}  // namespace detail

// Gives the futures one by one, each when it has ended, once. Leaving the loop early leaves the rest running.
// Cancel: at once, no result is lost: the futures are not cancelled; the generator has ended then. Thread: a loop's.
// Throws from next(): timeout_error when the limit, counted from the first next(), passes before the last has ended;
// invalid_state_error for an empty handle, or a future of another loop.
template <class T>
async_generator<future<T>> as_completed(std::vector<future<T>> futures, detail::optional_span timeout = std::nullopt) {
    std::vector<detail::core_ref<detail::future_core>> sources;
    for (future<T>& f : futures) sources.push_back(std::move(f).take_core());
    detail::branch& here = co_await detail::this_branch();
    const std::optional<duration> limit = timeout;
    std::optional<time_point> deadline;
    if (limit) deadline = detail::loop_of(here).deadline_after(*limit);
    detail::completion_order order;
    order.begin(here, std::move(sources), deadline);
    while (order.left() > 0) {
        future<T> next(co_await order);
        co_yield std::move(next);
    }
}

}  // namespace gyre
