#pragma once
#include <gyre/runtime/loop/call_kept.hpp>
#include <gyre/runtime/loop/event_loop.hpp>

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace gyre {

// Starts the task beside the caller, on the loop's next turn, or at once: spawn(f(), "name", start_now).
// Returns: a handle; dropping it leaves the task running.
// Thread: a loop's. Throws: invalid_state_error outside a running loop, or for an empty task.
template <class T>
future<T> spawn(task<T> child, std::string name = std::string(), spawn_start when = spawn_start::next_turn) {
    return event_loop::current().spawn_named(std::move(child), name, when);
}

// The same for fn(args...), which must give a task; fn and the arguments live as long as the task, so a capturing lambda
// is safe here. fn is called at once, so that the task has its coroutine's name; what it throws is the task's error.
// Thread: a loop's. Throws: invalid_state_error outside a running loop; what moving fn and the arguments throws.
template <class Fn, class... Args>
    requires std::invocable<Fn&, Args&...> && detail::is_task<std::invoke_result_t<Fn&, Args&...>>::value
future<typename std::invoke_result_t<Fn&, Args&...>::value_type> spawn(Fn fn, Args... args) {
    event_loop& loop = event_loop::current();
    return loop.spawn(detail::call_kept(std::move(fn), std::move(args)...));
}

// The task that runs now: a spawned one, or a child of gather() and its like. The body of a scope (`with`, wait_for, a timeout) is a
// stretch of the task around it.
// Thread: a loop's. Throws: invalid_state_error outside a task.
any_future current_task();

}  // namespace gyre
