#pragma once
#include <gyre/runtime/combine/scope.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/exception_group.hpp>
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/coroutine/promise.hpp>
#include <gyre/runtime/loop/spawn.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace gyre {

// Given to a child of task_group::start(): says that it is ready. A copyable handle.
// Thread: the loop's.
template <class V = void>
class task_status {
public:
    explicit task_status(std::shared_ptr<promise<V>> told) noexcept : told_(std::move(told)) {}
    // Lets start() go on with the value. Nothing when nobody waits any more.
    // Throws: invalid_state_error when called twice.
    void started(V value) {
        if (!told_->get_future().cancelled()) told_->set_value(std::move(value));
    }

private:
    std::shared_ptr<promise<V>> told_;
};
// The same without a value.
// Thread: the loop's.
template <>
class task_status<void> {
public:
    explicit task_status(std::shared_ptr<promise<void>> told) noexcept : told_(std::move(told)) {}
    // Lets start() go on. Nothing when nobody waits any more.
    // Throws: invalid_state_error when called twice.
    void started() {
        if (!told_->get_future().cancelled()) told_->set_value();
    }

private:
    std::shared_ptr<promise<void>> told_;
};

// Tasks that belong together, under `with`: the block ends when the body and every child have ended. The first failure, of a
// child or the body, cancels the rest; then an exception_group with every error is thrown. Cancellations are never in it.
//     co_await with(task_group(), [&](task_group& g) -> task<> { g.spawn(a()); g.spawn(b()); co_return; });
// Cancel: from outside passes to the body and every child; they are awaited as long as they take. When the body has ended, or ends
// without having met it, it reaches what the body spawned too, and the group takes no more. A body that catches it and goes on ends the
// `with` as ever.
// Thread: a loop's.
class task_group final : public detail::scope {
public:
    task_group() noexcept : scope("task_group") {}
    ~task_group() = default;

    // Starts a child on the loop's next turn, or at once with start_now. Children may spawn children.
    // Throws: invalid_state_error before the `with`, when the group has ended, or while it is being cancelled (the coroutine
    // is then destroyed without having run), and for an empty task.
    template <class T>
    future<T> spawn(task<T> child, std::string name = std::string(), spawn_start when = spawn_start::next_turn) {
        require_open(child);
        auto state = detail::make_branch(parent().owner(), std::move(child), "task_group::spawn()", &call_);
        return future<T>(start_child(std::move(state), std::move(name), when));
    }
    // fn and the arguments live as long as the child; fn is called at once.
    template <class Fn, class... Args>
        requires std::invocable<Fn&, Args&...> && detail::is_task<std::invoke_result_t<Fn&, Args&...>>::value
    future<typename std::invoke_result_t<Fn&, Args&...>::value_type> spawn(Fn fn, Args... args) {
        if (const char* closed = why_closed()) throw_closed(closed);
        return spawn(detail::call_kept(std::move(fn), std::move(args)...));
    }

    // Starts fn(task_status<V>) as a child and waits until it says it has started; gives the value it says.
    // Cancel: cancels the child and waits for it; a value that it had said is lost.
    // Throws: the child's error when it fails before (the group then does not count it); invalid_state_error when it ends without a word,
    // and as spawn().
    template <class V = void, class Fn>
        requires std::invocable<std::decay_t<Fn>&, task_status<V>>
    task<V> start(Fn&& fn) {
        static_assert(detail::safe_in_await_expression<Fn>(),
                      "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first: "
                      "auto serve = [s](gyre::task_status<> ready) -> gyre::task<> {...}; co_await group.start(serve);");
        return start_kept<V, std::decay_t<Fn>>(std::forward<Fn>(fn));
    }

    // Cancels the body and every child; the `with` then ends normally, unless there were errors too, or the body was to give a value and
    // has none: then it throws invalid_state_error. Idempotent. Throws: nothing.
    void cancel();
    // Children that have not ended, the body not counted.
    std::size_t size() const noexcept { return children_; }

private:
    void entered(detail::branch& body) override { body_ = &body; }
    void cancelled_from_outside() noexcept override;
    bool child_ended(detail::branch& child) noexcept override;
    bool leave(detail::branch& body) override;

    template <class V, class Fn>
    task<V> start_kept(Fn fn) {
        auto told = std::make_shared<promise<V>>();
        future<V> word = told->get_future();
        future<void> child = spawn(std::move(fn), task_status<V>(std::move(told)));
        co_await started_or_ended(word, child);
        co_return co_await std::move(word);
    }
    template <class T>
    void require_open(task<T>& child) {
        if (const char* closed = why_closed()) {
            if (child) child.release().destroy();
            throw_closed(closed);
        }
    }
    const char* why_closed() const noexcept;
    [[noreturn]] void throw_closed(const char* why) const;
    detail::core_ref<detail::future_core> start_child(detail::core_ref<detail::branch> child, std::string name, spawn_start when);
    task<> started_or_ended(any_future word, future<void> child);
    void add_error(const std::exception_ptr& error, std::string name);

    detail::branch* body_ = nullptr;
    std::size_t children_ = 0;
    bool cancel_called_ = false;
    bool wait_cancelled_ = false;  // from outside, with no body left that could catch it
    std::vector<std::exception_ptr> errors_;
    std::vector<std::string> names_;
    std::vector<const detail::future_core*> starting_;  // their failure is start()'s to throw
};

}  // namespace gyre
