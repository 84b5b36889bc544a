#pragma once
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/coroutine/task_state.hpp>
#include <gyre/runtime/loop/arriving_task.hpp>
#include <gyre/runtime/loop/duration.hpp>
#include <gyre/runtime/loop/loop_options.hpp>
#include <gyre/runtime/loop/spawn_start.hpp>

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre {

namespace detail {
class loop_state;
}

// An error that nobody will receive, for set_exception_handler.
struct unhandled_error {
    unhandled_error() {}

    std::string message;           // what happened, and the task's name
    std::exception_ptr exception;  // null when there is none
    any_future source;             // empty for a callback
};

// Runs tasks, timers, callbacks and I/O in one thread. Several loops may live in a process, one runs in a thread at a time.
// Thread: the one that runs it, but for call_soon_threadsafe() and spawn_threadsafe(); in debug mode spawn(), the call_...() and
// add_signal_handler() throw invalid_state_error in another one while it runs. A loop may be made in one thread and
// run in another; it is closed in the thread that ran it, or when it has no I/O in flight.
class event_loop {
public:
    // Thread: any.
    // Throws: std::runtime_error when the backend asked for cannot be had; std::invalid_argument for an unknown one.
    event_loop();
    explicit event_loop(loop_options options);
    event_loop(const event_loop&) = delete;
    event_loop& operator=(const event_loop&) = delete;
    // close(). What that cannot end, because another thread has started it, is left as it is, with a line to stderr.
    ~event_loop();

    // The loop that runs in this thread.
    // Thread: a loop's. Throws: invalid_state_error when none runs here.
    static event_loop& current();

    // Runs until the task has ended; gives its result. Other tasks stay, and go on with the next run.
    // Throws: the task's error; cancelled_error when it was cancelled; invalid_state_error inside a running loop, when closed, for an empty
    // task, for a future of another loop, or when stop() came before the end; std::system_error of the backend.
    template <class T>
    T run_until_complete(task<T> main) {
        return run_until_complete(spawn(std::move(main)));
    }
    template <class T>
    T run_until_complete(future<T> main) {
        run_until_done(main.core());
        return detail::take_value<T>(main.core());
    }
    // Runs until stop(). After a stop() that came before it, one turn of what is ready.
    // Throws: invalid_state_error inside a running loop, or when closed; std::system_error of the backend.
    void run_forever();
    // Ends the run after the current turn: run_forever() returns, run_until_complete() throws. Before a run it counts for run_forever()
    // only.
    // Throws: nothing.
    void stop();
    // Cancels every task and waits for it, drops callbacks, completes or cancels all I/O. Idempotent.
    // Throws: invalid_state_error in a task or a callback of its own, and when another thread has I/O in flight; std::system_error of the
    // backend.
    void close();
    bool running() const noexcept;
    bool closed() const noexcept;

    // Starts the task on the next turn; with start_now at once, when this loop runs in this thread.
    // Throws: invalid_state_error when closed, or for an empty task.
    template <class T>
    future<T> spawn(task<T> child, std::string name = std::string(), spawn_start when = spawn_start::next_turn) {
        return spawn_named(std::move(child), name, when);
    }

    // Calls fn on the next turn, in the order of the calls. An exception from it goes to the exception handler. What close()
    // still finds it drops.
    // Throws: invalid_state_error when closed.
    handle call_soon(std::function<void()> fn);
    // Calls fn when the time has come.
    handle call_later(time_span delay, std::function<void()> fn);
    handle call_at(time_point when, std::function<void()> fn);

    // Calls fn in the loop's thread, soon; one thread's calls in their order. What close() still finds it drops.
    // Thread: any, as long as the loop object lives. Throws: invalid_state_error when closed.
    void call_soon_threadsafe(std::function<void()> fn);

    // Starts a task in the loop's thread, from another one, which may wait for the future; not from the loop's own, whose wait
    // would never end. The task's frame moves along and is freed there. It starts with the caller's values of context variables.
    // Returns: a future for the task's result or error; cancelled_error when the task was cancelled, invalid_state_error when
    // the loop was closed before the task could start. Dropping the future leaves the task running.
    // Thread: any, as long as the loop object lives. Throws: invalid_state_error when closed, or for an empty task.
    template <class T>
    std::future<T> spawn_threadsafe(task<T> child) {
        auto arriving = std::make_unique<detail::arriving_task<T>>(scheduler_to_post_to(), std::move(child));
        std::future<T> result = arriving->get_future();
        post(*arriving);
        static_cast<void>(arriving.release());
        return result;
    }

    // Calls fn in the loop's thread, as call_soon() does, each time the signal comes; one handler for a signal on each loop, a later
    // one replaces it. The action that the signal had before comes back with remove_signal_handler() or close(). See also signals.
    // Throws: std::invalid_argument for a number that no program can catch, or should; invalid_state_error when closed.
    void add_signal_handler(int number, std::function<void()> fn);
    // Returns: whether there was one. It is not called any more, also when the signal has come already.
    bool remove_signal_handler(int number) noexcept;

    // std::chrono::steady_clock, or the virtual clock.
    time_point time() const noexcept;
    // Who is told of errors that nobody receives; an empty function restores the default, a line to stderr. What it throws is dropped.
    // Throws: std::bad_alloc.
    void set_exception_handler(std::function<void(const unhandled_error&)> fn);

    // Tasks that have not ended: spawned ones, and the children of gather() and its like.
    // Throws: std::bad_alloc.
    std::vector<any_future> all_tasks() const;
    loop_stats stats() const noexcept;
    // "uring" or "asio".
    std::string_view backend_name() const noexcept;

    // --- for a host loop that drives this one: poll(), wait until poll_fd() is readable or next_timeout() has passed, and again.
    // spawn(), call_soon(), call_later() and call_at() of the host, between two polls, make it readable; what else it does to
    // tasks (it cancels one, it sets a promise), it does in a call_soon().
    // The fd is the loop's; do not read it or close it.
    // Throws: invalid_state_error when closed; std::system_error when the process has no fd left.
    int poll_fd();
    // How long poll() has nothing to do; 0 when it has now, nullopt when only poll_fd() can tell.
    // Throws: invalid_state_error when closed.
    std::optional<duration> next_timeout() const;
    // One turn; never blocks.
    // Throws: invalid_state_error inside a running loop, or when closed; std::system_error of the backend.
    void poll();

    // For the library.
    detail::loop_state& state() const noexcept { return *state_; }
    template <class T>
    future<T> spawn_named(task<T>&& child, const std::string& name, spawn_start when = spawn_start::next_turn) {
        detail::task_ref<T> state = detail::make_branch(scheduler_to_spawn(), std::move(child), "spawn()");
        start(*state, name, when);
        return future<T>(detail::core_ref<detail::future_core>(std::move(state)));
    }

private:
    void run_until_done(detail::future_core& main);
    detail::scheduler& scheduler_to_spawn();
    detail::scheduler& scheduler_to_post_to();
    // Takes the item over, unless it throws.
    void post(detail::runnable& item);
    void start(detail::branch& child, const std::string& name, spawn_start when);
    void wake_host() noexcept;

    detail::core_ref<detail::loop_state> state_;
    bool host_watches_ = false;  // poll_fd() was asked for
    bool host_is_woken_ = false;
};

}  // namespace gyre
