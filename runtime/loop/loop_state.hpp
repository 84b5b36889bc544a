#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/chrono.hpp>
#include <gyre/runtime/coroutine/handle.hpp>
#include <gyre/runtime/coroutine/handler_slot.hpp>
#include <gyre/runtime/io/submit.hpp>
#include <gyre/runtime/loop/inbox.hpp>
#include <gyre/runtime/loop/loop_options.hpp>
#include <gyre/runtime/loop/signal_listener.hpp>
#include <gyre/runtime/loop/timer_queue.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre {
class event_loop;
struct unhandled_error;
}  // namespace gyre

namespace gyre::detail {

class debug_watch;

// Something with I/O in flight that no task owns, such as a pool of idle connections. Told when the loop closes.
class loop_service : public list_hook<loop_service> {
public:
    // Tasks are gone. Cancel what is in flight; the loop polls until all of it has completed.
    virtual void loop_closing() noexcept = 0;
    // What find_service() finds it by: the address of something of its own. Null: not to be found.
    virtual const void* kind() const noexcept { return nullptr; }

protected:
    ~loop_service() = default;
};

// The inside of an event_loop: ready queue, timers, inbox and backend, and the tick that turns them.
class loop_state final : public io_scheduler {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;

    loop_state(event_loop& owner, loop_options options);

    // --- running
    enum class turns : std::uint8_t { one, a_few };
    // Turns of the ready queue as it stands; then timers that are due, then one visit to the kernel, which waits (when `may_wait` and
    // nothing is ready) no longer than the next timer.
    void tick(bool may_wait, turns how_many = turns::a_few);
    // Cancels what is left, waits for it and lets go of everything. The caller has made it the thread's scheduler.
    void close();
    void stop() noexcept { stopping_ = last_turn_ = true; }
    bool take_stop() noexcept { return std::exchange(stopping_, false); }
    void prepare_outside_wait() noexcept;
    std::optional<duration> next_timeout() const;

    // --- time
    time_point now() const noexcept { return virtual_time_ ? virtual_now_ : std::chrono::steady_clock::now(); }
    // `delay` from now; the latest time there is when that would be later.
    time_point deadline_after(duration delay) const noexcept;
    void arm(timer& t, time_point when) { timers_.arm(t, when); }
    // The same for a deadline that may have passed: then the timer fires at the end of this turn, however much is ready.
    void arm_deadline(timer& t, time_point when) {
        arm(t, when);
        if (when <= now()) last_turn_ = true;
    }
    void disarm(timer& t) noexcept { timers_.disarm(t); }

    // --- other threads
    // Throws: invalid_state_error when the loop is closed.
    void post(runnable& item);
    // The same; false when the loop is closed.
    bool try_post(runnable& item) noexcept;
    // A task is about to wait for a post of another thread's: the loop outlives that call, even when the post lets its last
    // task end. Each expect_post() is met by one post_expected(), or taken back.
    void expect_post() noexcept { inbox_.expect_post(); }
    void forget_expected_post() noexcept { inbox_.forget_expected_post(); }
    void post_expected(runnable& item) noexcept;
    // From a signal handler: a listener of this loop has a signal.
    void interrupt() noexcept;
    void add_signal_listener(signal_listener& listener) noexcept { signal_listeners_.push_back(listener); }
    // Work elsewhere that will post its result: virtual time does not jump meanwhile.
    void begin_outside_work() noexcept { ++outside_work_; }
    void end_outside_work() noexcept { --outside_work_; }

    // --- errors, services, looking at it
    void report(std::string message, std::exception_ptr error, future_core* source) noexcept override;
    void set_exception_handler(std::function<void(const unhandled_error&)> fn);
    void add_service(loop_service& service) noexcept { services_.push_back(service); }
    // The loop's one service of that kind, or null.
    loop_service* find_service(const void* kind) noexcept {
        for (loop_service& service : services_)
            if (service.kind() == kind) return &service;
        return nullptr;
    }
    loop_stats stats() noexcept;
    // What has not ended: spawned tasks, the children of structured calls, the bodies of scopes.
    std::vector<branch*> branches();
    // The same without the bodies.
    std::vector<branch*> tasks();
    std::string_view backend_name() const noexcept { return backend_name_; }
    event_loop& owner() const noexcept { return *owner_; }
    const loop_options& options() const noexcept { return options_; }
    // Null but in debug mode.
    const debug_watch* watch() const noexcept { return watch_.get(); }
    void keep_error(future_core& failed) noexcept override;
    void drop_error(future_core& failed) noexcept override;

private:
    ~loop_state() override;

    void take_inbox() noexcept;
    void release_posts(std::size_t most) noexcept;
    void seal_inbox() noexcept;
    void cancel_new_roots() noexcept;
    void let_go() noexcept;
    template <class AnotherTurn>
    void run_ready_watched(AnotherTurn another_turn);
    void run_watched(runnable& item) noexcept override;
    void visit_kernel(bool may_wait);
    std::optional<duration> time_to_wait() const noexcept;
    void wait_virtually();
    void tell_signal_listeners() noexcept;

    event_loop* owner_;
    loop_options options_;
    std::unique_ptr<debug_watch> watch_;
    timer_queue timers_;
    inbox inbox_;
    run_queue posted_;  // out of the inbox, in order, and released a number a turn; empty when a turn ends with nothing ready
    intrusive_list<loop_service, loop_service> services_;
    handler_slot<unhandled_error> handler_;
    intrusive_list<signal_listener, signal_listener> signal_listeners_;
    std::atomic<bool> interrupted_ = false;
    bool stopping_ = false;
    bool closing_ = false;
    bool last_turn_ = false;  // before clock and kernel are looked at, however much is ready
    bool virtual_time_;
    time_point virtual_now_;
    static constexpr std::uint64_t not_silent = static_cast<std::uint64_t>(-1);
    std::uint64_t silent_since_ = not_silent;  // the number of operations when the I/O last had nothing to say
    std::size_t outside_work_ = 0;
    std::uint64_t ticks_ = 0;
    std::uint64_t wakeups_ = 0;
    std::string_view backend_name_;  // outlives the backend
};

// The loop that runs in this thread; throws invalid_state_error without one.
inline loop_state& require_loop(const char* what) { return static_cast<loop_state&>(require_scheduler(what)); }
// Every scheduler is a loop_state; coroutine/ and io/ just do not need to know.
inline loop_state& loop_of(branch& b) noexcept { return static_cast<loop_state&>(b.owner()); }

// Makes a loop the thread's own for a while.
class running_scope {
public:
    // Throws: invalid_state_error when the loop is closed, or a loop runs in this thread already.
    explicit running_scope(loop_state& state);
    running_scope(const running_scope&) = delete;
    ~running_scope();

private:
    loop_state& state_;
};
// The same to close a loop, which another one's task may do.
class closing_scope {
public:
    // Throws: invalid_state_error when it is this loop that runs.
    explicit closing_scope(loop_state& state);
    closing_scope(const closing_scope&) = delete;
    ~closing_scope();

private:
    loop_state& state_;
    scheduler* outer_;
};

// Stops the loop when a future ends, so that it does not go to sleep with nothing left to wait for.
class stop_when_done final : public future_observer {
public:
    stop_when_done(loop_state& loop, future_core& source) noexcept : loop_(loop) { source.observe(*this); }
    ~stop_when_done() { unlink(); }

private:
    void completed(future_core&) noexcept override { loop_.stop(); }
    loop_state& loop_;
};

}  // namespace gyre::detail
