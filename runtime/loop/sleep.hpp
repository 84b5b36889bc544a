#pragma once
#include <gyre/runtime/coroutine/startable.hpp>
#include <gyre/runtime/loop/duration.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <coroutine>

namespace gyre {

namespace detail {

class sleep_awaiter final : public startable<sleep_awaiter>, public timer {
public:
    explicit sleep_awaiter(time_point until) noexcept : until_(until), absolute_(true) {}
    explicit sleep_awaiter(duration delay) noexcept : delay_(delay), absolute_(false) {}

    void await_resume() { throw_if_stopped(); }

    void fired() noexcept override { branch_->wake(); }
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "sleep"; }
    std::string describe() const override;

private:
    friend class startable<sleep_awaiter>;
    // Arms the timer, or, for a sleep of no length, goes through the ready queue as yield() does.
    bool begin();

    union {
        time_point until_;
        duration delay_;
    };
    bool absolute_;
};

// What every task that yields waits on. It is in the ready queue already, so a cancel has nothing to end: the task meets it there.
class turn_of_others final : public suspension {
public:
    void cancel() noexcept override {}
    std::string_view what() const noexcept override { return "yield"; }
};
extern turn_of_others others_turn;

class yield_awaiter {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
        branch_ = &branch_of(h);
        if (branch_->cancel_is_due()) return false;
        branch_->suspend(h, others_turn);
        branch_->owner().push(*branch_);
        return true;
    }
    void await_resume() {
        if (branch_->cancel_is_due()) branch_->throw_cancelled();
    }

private:
    branch* branch_ = nullptr;
};

}  // namespace detail

// Pauses the task; never shorter than asked. d <= 0: as yield().
// Cancel: at once, nothing is lost. Thread: a loop's. Throws: std::bad_alloc.
inline detail::sleep_awaiter sleep(time_span d) noexcept { return detail::sleep_awaiter(static_cast<duration>(d)); }

// Pauses the task until loop.time() has reached `when`.
// Cancel: at once, nothing is lost. Thread: a loop's. Throws: std::bad_alloc.
inline detail::sleep_awaiter sleep_until(time_point when) noexcept { return detail::sleep_awaiter(when); }

// Lets the other ready tasks run first.
// Cancel: when its turn comes, nothing is lost. Thread: a loop's. Throws: nothing.
inline detail::yield_awaiter yield() noexcept { return {}; }

}  // namespace gyre
