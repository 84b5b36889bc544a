#pragma once
#include <gyre/runtime/coroutine/cancel_wave.hpp>
#include <gyre/runtime/coroutine/context.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/coroutine/promise_base.hpp>
#include <gyre/runtime/coroutine/suspension.hpp>

#include <coroutine>
#include <cstdint>
#include <utility>

namespace gyre::detail {

class join;

// The context of one concurrently running piece of code: a spawned task, a child of gather(), the body under a timeout.
// It has one root coroutine and, through it, a stack of coroutines that await one another.
class branch : public future_core, public runnable, public list_hook<>, private cancel_wave::place {
public:
    using list_hook<>::linked;
    using list_hook<>::unlink;

    // Puts the first step into the ready queue.
    void start() noexcept {
        add_reference();  // the loop's, until it has ended
        scheduler_->push(*this);
    }
    // Runs the first step now, inside the step of the branch that spawns it.
    void start_now() noexcept;

    // --- awaiting
    // True when a cancel is due: the await must not begin and its await_resume must call throw_cancelled().
    bool cancel_is_due() const noexcept { return cancel_flags_ != 0; }

    template <class Promise>
    void suspend(std::coroutine_handle<Promise> at, suspension& on) noexcept {
        resume_at_ = at;
        leaf_ = &at.promise();
        waiting_on_ = &on;
    }
    // Suspended, yet already in the ready queue: as yield() does.
    template <class Promise>
    void requeue(std::coroutine_handle<Promise> at) noexcept {
        resume_at_ = at;
        leaf_ = &at.promise();
        wake();
    }
    // The await is over at once. Returns: true when the step has used up its hops, and goes on from the ready queue.
    template <class Promise>
    bool finish_now(std::coroutine_handle<Promise> at) noexcept {
        if (scheduler_->spend_hop()) [[likely]]
            return false;
        requeue(at);
        return true;
    }
    // Lets it run on. Once for each suspend().
    void wake() noexcept {
        waiting_on_ = nullptr;
        scheduler_->push(*this);
    }
    // The await ended by a cancel: takes the request and throws.
    [[noreturn]] void throw_cancelled();

    // The hop budget is spent: goes on at `to` from the ready queue.
    std::coroutine_handle<> hop_later(std::coroutine_handle<> to, promise_base& leaf) noexcept;

    // --- cancelling
    // From a handle: a task that is asked so and then returns without another await ends cancelled.
    bool request_cancel() noexcept override { return cancel(requested); }
    // From the structured call that it is a child of: a value that it still returns is delivered.
    bool forward_cancel() noexcept {
        asked_by_call_ = true;
        return cancel(forwarded);
    }
    // Every await throws from now on, until clear_level_cancel().
    void level_cancel() noexcept {
        asked_by_call_ = true;
        cancel(level);
    }
    // The loop closes: asks it, whatever it made of earlier requests.
    void cancel_at_close() noexcept {
        asked_at_close_ = true;
        request_cancel();
    }
    bool asked_at_close() const noexcept { return asked_at_close_; }
    // The structured call has asked it to stop before.
    bool asked_by_call() const noexcept { return asked_by_call_; }
    void clear_level_cancel() noexcept { cancel_flags_ &= static_cast<std::uint8_t>(~level); }
    bool level_cancelled() const noexcept { return (cancel_flags_ & level) != 0; }
    int cancelling() const noexcept override;
    int uncancel() noexcept override;
    bool cancel_was_delivered() const noexcept override { return deliveries_ != 0; }
    std::uint32_t deliveries() const noexcept { return deliveries_; }
    // The last request came out of an await of its (or kept it from starting): none is left over.
    bool met_its_request() const noexcept { return deliveries_ != 0 && (cancel_flags_ & (requested | forwarded)) == 0; }
    // Takes back a request that its own giver has dealt with, delivered or not (a structured call's children did).
    void absorb_cancel() noexcept { cancel_flags_ &= level; }
    // The same, and it counts as met here: what it waited for has met it.
    void take_request() noexcept {
        absorb_cancel();
        ++deliveries_;
    }

    // --- looking at it
    const std::source_location& created() const noexcept { return created_; }
    suspension* waiting_on() const noexcept { return waiting_on_; }
    promise_base* leaf() const noexcept { return leaf_; }
    join* parent_join() const noexcept { return join_; }
    bool is_body() const noexcept { return is_body_; }
    std::string name() const override;
    // Its own among the loop's tasks: what may outlive it remembers it by this. Only those that were asked for one have one.
    std::uint32_t number() noexcept {
        if (number_ == 0) [[unlikely]]
            number_ = scheduler_->next_task_number();
        return number_;
    }
    std::uint32_t index = 0;  // among its siblings, for the structured call it belongs to

private:
    std::uint32_t number_ = 0;  // fills the gap behind index

public:
    // Called by the root coroutine's final suspend.
    void root_returned() noexcept;

    context& own_context() noexcept { return context_; }

protected:
    branch(scheduler& s, std::coroutine_handle<> root, promise_base& promise, join* parent, bool is_body) noexcept;
    ~branch() override {
        if (root_) [[unlikely]]
            root_.destroy();  // never started: the call that made it failed
    }

    std::coroutine_handle<> root_;

private:
    friend class cancel_wave;
    enum cancel_flag : std::uint8_t { requested = 1, forwarded = 2, level = 4 };

    // Takes the root's result out of its frame.
    virtual void take_result() noexcept = 0;

    void run() noexcept override;
    void discard() noexcept override {}  // a loop closes after its last branch has ended
    bool cancel(cancel_flag how) noexcept;
    // The body of the scope that it stands in; null outside one.
    branch* open_body() const noexcept;
    void finish(bool ran) noexcept;
    future_state end_of_run() noexcept;
    void report_if_swallowed() noexcept;

    std::coroutine_handle<> resume_at_;
    promise_base* leaf_;
    suspension* waiting_on_ = nullptr;
    join* join_;
    context context_;
    std::source_location created_;
    std::uint32_t cancel_requests_ = 0;
    std::uint32_t deliveries_ = 0;
    std::uint8_t cancel_flags_ = 0;
    bool is_body_;
    bool returned_ = false;
    bool asked_by_call_ = false;
    bool asked_at_close_ = false;
};

// The branch that runs in this thread; null outside one.
branch* running_branch() noexcept;
// The same; throws invalid_state_error outside one.
branch& current_branch(const char* what);

template <class Promise>
branch& branch_of(std::coroutine_handle<Promise> h) noexcept {
    return *h.promise().branch_;
}

template <class Caller>
std::coroutine_handle<> promise_base::enter(std::coroutine_handle<> self, std::coroutine_handle<Caller> from) noexcept {
    branch_ = from.promise().branch_;
    continuation_ = from;
    awaited_by_ = &from.promise();
    if (branch_->owner().spend_hop()) [[likely]]
        return self;
    return branch_->hop_later(self, *this);
}

inline std::coroutine_handle<> promise_base::leave() noexcept {
    if (!continuation_) [[unlikely]] {
        branch_->root_returned();
        return std::noop_coroutine();
    }
    if (branch_->owner().spend_hop()) [[likely]]
        return continuation_;
    return branch_->hop_later(continuation_, *awaited_by_);
}

}  // namespace gyre::detail
