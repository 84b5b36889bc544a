#pragma once
#include <gyre/runtime/combine/gather.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/loop/run.hpp>
#include <gyre/runtime/system/remote_call.hpp>
#include <gyre/runtime/system/shard_set.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

// Keeps the function until its task has ended, and destroys it there.
template <class Fn>
class submitted_call final : public remote_call {
    using given = std::invoke_result_t<Fn&>;
    using T = await_result<given>;

public:
    template <class F>
    submitted_call(loop_state& target, const std::atomic<bool>& open, std::shared_ptr<const void> keeps_alive, F&& fn)
        : remote_call(target, open, std::move(keeps_alive)), fn_(std::in_place, std::forward<F>(fn)) {}

    T await_resume() {
        settle();
        if constexpr (!std::is_void_v<T>) return unwrap<T>(std::move(*value_));
    }

private:
    core_ref<branch> make_task(scheduler& target) override {
        if constexpr (is_task<given>::value)
            return make_branch(target, std::invoke(*fn_), "submit_to()");
        else
            return make_branch(target, await_there(std::invoke(*fn_)), "submit_to()");
    }
    static task<T> await_there(given what) { co_return co_await std::forward<given>(what); }
    void take_value(branch& ended_task) override {
        if constexpr (std::is_reference_v<T>)
            value_ = std::addressof(static_cast<task_state<T>&>(ended_task).take());
        else if constexpr (!std::is_void_v<T>)
            value_.emplace(static_cast<task_state<T>&>(ended_task).take());
    }
    void drop_function() noexcept override { fn_.reset(); }

    std::optional<Fn> fn_;
    std::optional<stored<T>> value_;
};

}  // namespace detail

// Event loops in threads of their own, one a core and pinned to it: "shards" that share nothing and pass work to one another. With
// more shards than cores none is pinned. The threads are named gyre-shard-0, gyre-shard-1, … and take no signals.
//     gyre::shards all;
//     all.run_on_all([]() -> gyre::task<> { co_await serve(8080); });
// What belongs to a loop (tasks, futures, sockets, mutexes) stays on the shard that made it; functions, results and exceptions move.
// Thread: any, where nothing else is said.
class shards {
public:
    // What current() gives in a thread that is no shard's.
    static constexpr std::size_t none = detail::shard_set::none;

    // 0: one for each core that the process may use.
    // Throws: as event_loop's constructor; std::system_error when no thread can be had.
    explicit shards(std::size_t count = 0, loop_options options = loop_options());
    shards(const shards&) = delete;
    shards& operator=(const shards&) = delete;
    // Takes no more calls, cancels the tasks that are left, waits for their clean-up and joins the threads. Who still awaits a call
    // from outside gets its end: cancelled_error, or invalid_state_error for one that had not begun. Not from a shard of its own.
    ~shards();

    std::size_t size() const noexcept;
    // The shard that this thread is, of whatever `shards`; else none.
    static std::size_t current() noexcept;
    // A shard's loop, for its thread-safe calls. Throws: std::out_of_range.
    event_loop& loop(std::size_t shard) const;

    // Runs fn() on that shard, where it gives a task or something else to await, and awaits it. fn is destroyed there when the task
    // has ended; a capturing lambda is safe. They see the caller's values of context variables. From a task of any loop, a shard's or not;
    // from the shard itself it works as well. Returns: what the task gives. Cancel: cancels the task there, and waits for its end; as
    // lossless as the task is. Thread: any loop's. Throws: what fn or the task throws; cancelled_error; invalid_state_error when the shards
    // are stopping; std::out_of_range.
    template <class Fn>
        requires std::invocable<std::decay_t<Fn>&>
    detail::submitted_call<std::decay_t<Fn>> submit_to(std::size_t shard, Fn&& fn) {
        static_assert(detail::safe_in_await_expression<Fn>(),
                      "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first: "
                      "auto work = [s]() -> gyre::task<> {...}; co_await all.submit_to(0, work);");
        return {loop(shard).state(), set_->open(), keeper(), std::forward<Fn>(fn)};
    }

    // Runs fn() on each shard, a copy of it each, and awaits all. The first error cancels and awaits the others.
    // Returns: a std::vector of what the tasks give, in the order of the shards; nothing for task<void>.
    // Cancel: cancels the tasks and waits for their end; as lossless as gather(). Thread: any loop's.
    // Throws: as submit_to(); the first error.
    template <class Fn>
        requires std::invocable<std::decay_t<Fn>&> && std::copy_constructible<std::decay_t<Fn>>
    auto invoke_on_all(Fn&& fn) {
        static_assert(detail::safe_in_await_expression<Fn>(),
                      "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first");
        std::vector<decltype(call_on(0, std::decay_t<Fn>(fn)))> calls;
        calls.reserve(size());
        for (std::size_t i = 0; i < size(); ++i) calls.push_back(call_on(i, std::decay_t<Fn>(fn)));
        return gather(std::move(calls));
    }

    // The same for a thread that runs no loop: blocks until all have ended. Ctrl-C cancels them, as in gyre::run().
    // Thread: any that runs no loop. Throws: as invoke_on_all(); invalid_state_error inside a running loop.
    template <class Fn>
        requires std::invocable<std::decay_t<Fn>&> && std::copy_constructible<std::decay_t<Fn>>
    void run_on_all(Fn&& fn) {
        run(await_all(std::forward<Fn>(fn)));
    }

private:
    template <class Fn, class Call = detail::submitted_call<Fn>>
    task<await_result_t<Call>> call_on(std::size_t shard, Fn fn) {
        co_return co_await submit_to(shard, fn);
    }
    template <class Fn>
    task<> await_all(Fn fn) {
        co_await invoke_on_all(fn);
    }
    // Calls between shards need nothing: their threads end before the set does.
    std::shared_ptr<const void> keeper() const noexcept { return detail::shard_set::current_set() == set_.get() ? nullptr : set_; }

    std::shared_ptr<detail::shard_set> set_;
};

}  // namespace gyre
