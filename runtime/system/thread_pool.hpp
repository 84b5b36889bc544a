#pragma once
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/system/pool_job.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace gyre {

// A bounded number of threads of one's own, for what blocks or computes for long. They are named gyre-pool-0, gyre-pool-1, …, made
// when a call finds none idle, and take no signals. Calls queue without bound, first come, first served; put a semaphore before it
// to bound them.
// Thread: tasks of any loop, in any thread, may use one pool.
class thread_pool {
public:
    // 0: one a core. No thread is started yet. Throws: std::bad_alloc.
    explicit thread_pool(std::size_t threads = 0);
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    // Blocks until the calls that run have ended; those still queued never run, and who awaits them gets cancelled_error. A call
    // that waits for the loop that destroys the pool is a deadlock.
    ~thread_pool();

    // Calls fn() in a thread of the pool. Allocates nothing; fn is kept until the await ends, and destroyed in the loop's thread. It sees
    // the task's values of context variables; what it sets is its own. Returns: what fn returns. Cancel: at once while the call is queued,
    // and fn never runs; once it runs the await lasts until fn has ended. Lossless: what it returned is delivered, and the request stays
    // pending. Thread: any loop's. Throws: what fn throws; cancelled_error; std::system_error when no thread can be had.
    template <class Fn>
        requires std::invocable<std::decay_t<Fn>>
    detail::pool_call<std::decay_t<Fn>> run(Fn&& fn) {
        static_assert(detail::safe_in_await_expression<Fn>(),
                      "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first: "
                      "auto work = [s] {...}; co_await pool.run(work);");
        return {workers_, "thread_pool.run()", std::forward<Fn>(fn)};
    }

    // The most threads there will be.
    std::size_t size() const noexcept;

private:
    std::shared_ptr<detail::worker_pool> workers_;
};

}  // namespace gyre
