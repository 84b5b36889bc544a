#pragma once
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/system/pool_job.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {
// The threads of to_thread(): one pool for the process, never destroyed.
const std::shared_ptr<worker_pool>& default_pool();
}  // namespace detail

// Calls fn(args...) in another thread, so that what blocks or computes for long does not hold up the loop. As asyncio's: up to
// min(32, cores + 4) threads for the whole process, made when they are needed, and ended when they have been idle; further calls
// queue, first come, first served. fn and the arguments are kept until the await ends, and destroyed in the loop's thread.
// Signals are blocked in these threads, and so in programs that fn starts. fn sees the task's values of context variables; what it sets
// is its own.
//     const std::string text = co_await gyre::to_thread(read_slowly, path);
// Returns: what fn returns.
// Cancel: at once while the call is queued, and fn never runs; once it runs the await lasts until fn has ended. Lossless: what it
// returned is delivered, and the request stays pending. Thread: a loop's.
// Throws: what fn throws; cancelled_error; std::system_error when no thread can be had.
template <class Fn, class... Args>
    requires std::invocable<std::decay_t<Fn>, std::decay_t<Args>...>
detail::pool_call<std::decay_t<Fn>, std::decay_t<Args>...> to_thread(Fn&& fn, Args&&... args) {
    static_assert(detail::safe_in_await_expression<Fn>(),
                  "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first: "
                  "auto work = [s] {...}; co_await gyre::to_thread(work);");
    return {detail::default_pool(), "to_thread()", std::forward<Fn>(fn), std::forward<Args>(args)...};
}

}  // namespace gyre
