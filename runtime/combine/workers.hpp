#pragma once
#include <gyre/runtime/combine/items.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/coroutine/task_state.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::detail {

// A changing number of children whose parent waits for some of them to end: the base of for_each_concurrent() and
// map_unordered(). The first failure cancels the others. The children hang on the loop, as spawned tasks do, because nobody
// awaits them while a generator stands at a co_yield.
class workers final : public join {
public:
    explicit workers(std::string_view what) noexcept : what_(what) {}

    template <class T>
    void start(branch& parent, task<T> work) {
        start_child(parent.owner(), make_branch(parent.owner(), std::move(work), what_, this));
    }
    std::size_t running() const noexcept { return live_.size(); }
    bool failed() const noexcept { return failed_; }

    // Awaited: until a child has ended since it was last awaited; once something failed, until all have.
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
        parent_ = &branch_of(h);
        if (parent_->cancel_is_due()) cancel();
        if (live_.empty() || (ended_ && !failed_)) return false;
        waiting_ = true;
        parent_->suspend(h, *this);
        return true;
    }
    void await_resume() noexcept {
        ended_ = false;
        parent_ = nullptr;
    }

    void cancel() noexcept override;
    std::string_view what() const noexcept override { return what_; }

    // When none runs any more: throws the first error, or the cancel that ended the call.
    void settle(branch& parent);
    // Cancels the children. Returns: what `waiting` has to wait on for their end; null when none runs.
    suspension* stop(branch& waiting) noexcept;
    // Cancels the children and lets them end by themselves; `state`, which holds this object, lives until then.
    void abandon(std::shared_ptr<void> state) noexcept;

private:
    void start_child(scheduler& s, core_ref<branch> child);
    bool child_ended(branch& child) noexcept override;
    void stop_children() noexcept override { stop_all(); }
    void stop_all() noexcept;

    std::string_view what_;
    std::vector<core_ref<branch>> live_;  // a child's index is its place here
    std::shared_ptr<void> kept_alive_;
    std::exception_ptr error_;
    bool ended_ = false;
    bool failed_ = false;
    bool child_cancelled_ = false;
    bool error_met_request_ = false;
    bool waiting_ = false;
};

// fn(item) as a task, with the item kept alive when the range makes it on the fly.
template <class Fn, class Item>
task<body_result<Fn&, Item>> call_with_item(Fn& fn, Item item) {
    co_return co_await std::invoke(fn, static_cast<Item&&>(item));
}
template <class Range, class Fn, class Iterator>
auto call_for(Fn& fn, Iterator& it) {
    using item = item_of<Range>;
    if constexpr (std::is_lvalue_reference_v<item>)
        return std::invoke(fn, *it);
    else
        return call_with_item<Fn, item>(fn, *it);
}

}  // namespace gyre::detail
