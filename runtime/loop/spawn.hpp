#pragma once
#include <gyre/runtime/coroutine/this_branch.hpp>
#include <gyre/runtime/loop/event_loop.hpp>

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

// Keeps a callable and its arguments alive for as long as its task runs, which is called by its function, not by this one.
template <class T, class Fn, class... Args>
task<T> invoke_kept(Fn fn, Args... args) {
    task<T> work = std::invoke(fn, args...);
    branch& here = co_await this_branch();
    if (work) here.stand_for(work.created());
    co_return co_await std::move(work);
}

}  // namespace detail

// Starts the task beside the caller, on the loop's next turn, or at once: spawn(f(), "name", start_now).
// Returns: a handle; dropping it leaves the task running.
// Thread: a loop's. Throws: invalid_state_error outside a running loop, or for an empty task.
template <class T>
future<T> spawn(task<T> child, std::string name = std::string(), spawn_start when = spawn_start::next_turn) {
    return event_loop::current().spawn_named(std::move(child), name, when);
}

// The same for fn(args...), which must give a task; fn and the arguments live as long as the task, so a capturing lambda
// is safe here.
// Thread: a loop's. Throws: invalid_state_error outside a running loop; what moving fn and the arguments throws.
template <class Fn, class... Args>
    requires std::invocable<Fn&, Args&...> && detail::is_task<std::invoke_result_t<Fn&, Args&...>>::value
future<typename std::invoke_result_t<Fn&, Args&...>::value_type> spawn(Fn fn, Args... args) {
    using value = typename std::invoke_result_t<Fn&, Args&...>::value_type;
    return spawn(detail::invoke_kept<value, Fn, Args...>(std::move(fn), std::move(args)...));
}

// The task that runs now: a spawned one, or a child of gather() and its like. The body of a scope (`with`, wait_for, a timeout) is a
// stretch of the task around it.
// Thread: a loop's. Throws: invalid_state_error outside a task.
any_future current_task();

}  // namespace gyre
