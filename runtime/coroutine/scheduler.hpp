#pragma once
#include <gyre/runtime/coroutine/cancel_wave.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/runnable.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace gyre::detail {

class branch;
class error_traces;
class future_core;
struct await_place;
struct promise_base;

// What a coroutine needs of its loop: the ready queue, the hop budget and who is running. One thread's; the event loop is one.
//
// Invariants:
//  - A branch is resumed by branch::run() only, from the ready queue or by start_now(), which nests. Whoever wakes a branch puts
//    it into the ready queue; no user code runs inside set(), release(), cancel() or another call that wakes somebody.
//  - Symmetric transfer never crosses from one branch to another.
//  - After `hop_budget` awaits in one step the branch goes to the end of the ready queue: that bounds the stack where the
//    compiler makes no tail calls, and keeps a task whose awaits are always ready from starving the others.
class scheduler {
public:
    static constexpr unsigned hop_budget = 64;

    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;

    void push(runnable& item) noexcept { ready_.push(item); }
    bool idle() const noexcept { return ready_.empty(); }

    // Counts one await; false when the step has used up its budget and must go through the ready queue.
    // After that the step ends: a branch that was started inside it goes on at 1 (see branch::start_now()).
    bool spend_hop() noexcept { return --hops_ != 0; }

    // Runs nothing any more. Asked from any thread.
    bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
    // It is made the calling thread's, and let go again.
    void enter_thread() noexcept;
    void leave_thread() noexcept { thread_.store(0, std::memory_order_relaxed); }
    // Runs in a thread, which is not the caller's.
    bool runs_elsewhere() const noexcept;
    // For what is the loop's thread's only: in debug mode throws invalid_state_error when it runs in another one.
    void require_own_thread(const char* what) const {
        if (debug_) [[unlikely]]
            if (runs_elsewhere()) refuse_foreign_thread(what);
    }

    branch* running() const noexcept { return running_; }
    bool debug() const noexcept { return debug_; }

    cancel_wave& cancels() noexcept { return cancels_; }
    void count_callback() noexcept { ++callbacks_; }

    // A task's number, from 1; they come round after four billion.
    std::uint32_t next_task_number() noexcept { return ++last_task_number_ != 0 ? last_task_number_ : ++last_task_number_; }

    // An error that nobody will receive. Never throws, whatever the user's handler does.
    virtual void report(std::string message, std::exception_ptr error, future_core* source) noexcept = 0;

    // An error leaves a coroutine.
    void note_error(const promise_base& coroutine, const std::exception_ptr& error) noexcept;
    // A future holds an error from now on; it is destroyed.
    virtual void keep_error(future_core& failed) noexcept;
    virtual void drop_error(future_core& failed) noexcept;
    // The stack of awaits that the error left, innermost first; empty when none is known.
    const std::vector<await_place>& error_stack(const std::exception_ptr& error) const noexcept;
    // The same as text, " [async stack: main() at main.cpp:20 > work() at main.cpp:12]", or nothing.
    std::string error_stack_text(const std::exception_ptr& error) const;

    // Futures may outlive the loop, and need this object when they report an error that nobody retrieved.
    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    // Spawned tasks that have not ended. The children of a structured call hang on the call (see join).
    intrusive_list<branch> roots;

protected:
    scheduler() noexcept;
    virtual ~scheduler();

    // Runs a turn, which is what is in the ready queue now, and then, as long as another_turn(steps so far) says so, what that made
    // ready; no more than about `limit` steps in all.
    template <class AnotherTurn>
    void run_ready(std::size_t limit, AnotherTurn another_turn) noexcept {
        const std::uint64_t before = steps_;
        for (const runnable* last = ready_.last(); last != nullptr;) {
            runnable& next = ready_.pop();
            const bool ends_turn = &next == last;
            hops_ = hop_budget;
            ++steps_;
            next.run();
            if (ends_turn) {
                if (!another_turn(steps_ - before)) return;
                last = ready_.last();
            } else if (steps_ - before >= limit) {
                return;
            }
        }
    }
    // One such turn in debug mode, where run_watched() runs each step.
    std::size_t run_turn_watched(std::size_t limit) noexcept;
    virtual void run_watched(runnable& item) noexcept { run_now(item); }
    static void run_now(runnable& item) noexcept { item.run(); }
    // Puts the tasks in the ready queue into another order, which follows from `random` alone, and steps that on. What is no task
    // keeps its place, and one that yields (it is still suspended on something) overtakes nobody.
    void shuffle_ready(std::uint64_t& random);
    // To be swept every few turns, when there are any.
    bool has_error_traces() const noexcept { return error_traces_ != nullptr; }
    // `idle`: nothing is ready, so that no error is on its way.
    void sweep_error_traces(bool idle);
    void mark_closed() noexcept { closed_.store(true, std::memory_order_release); }
    void discard_ready() noexcept {
        while (!ready_.empty()) ready_.pop().discard();
    }

    std::uint64_t steps_ = 0;
    std::uint64_t callbacks_ = 0;
    bool debug_ = false;

private:
    friend class branch;
    [[noreturn]] static void refuse_foreign_thread(const char* what);

    run_queue ready_;
    cancel_wave cancels_;
    std::unique_ptr<error_traces> error_traces_;
    unsigned hops_ = hop_budget;
    std::uint32_t last_task_number_;
    branch* running_ = nullptr;
    std::uint64_t references_ = 1;
    std::atomic<std::uint64_t> thread_ = 0;  // the one that it runs in; 0 while it does not run
    std::atomic<bool> closed_ = false;
};

// The scheduler that runs in this thread, or null.
scheduler* current_scheduler() noexcept;
void set_current_scheduler(scheduler* s) noexcept;

// The same; throws invalid_state_error, saying what needed it, when none runs.
scheduler& require_scheduler(const char* what);

}  // namespace gyre::detail
