#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/combine/concurrent.hpp>
#include <gyre/runtime/combine/timed_body.hpp>
#include <gyre/runtime/loop/duration.hpp>

#include <coroutine>
#include <utility>

namespace gyre {

namespace detail {

class limited_call : public timed_body {
protected:
    limited_call(duration limit, bool never_start) noexcept : timed_body("wait_for()"), limit_(limit), never_start_(never_start) {}
    limited_call(limited_call&&) = default;
    ~limited_call() = default;

    // False when the body must not start.
    bool admit(branch& parent) noexcept;
    void arm() { timed_body::arm(limit_); }
    // Throws: timeout_error, cancelled_error, when they ended the body.
    void settle(const branch* body);

private:
    duration limit_;
    bool never_start_;
    bool stopped_ = false;
};

template <class T>
class wait_for_awaiter final : public limited_call {
public:
    wait_for_awaiter(task<T> body, duration limit, bool never_start) noexcept : limited_call(limit, never_start), task_(std::move(body)) {}

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& parent = branch_of(h);
        if (!admit(parent)) {
            discard(task_);
            return !parent.cancel_is_due() && parent.finish_now(h);
        }
        body_ = make_branch(parent.owner(), std::move(task_), "wait_for()", this, true);
        arm();
        enter(h, *body_);
        return true;
    }
    T await_resume() {
        settle(body_.get());
        body_->throw_unless_value();
        return body_->take();
    }

private:
    task<T> task_;
    task_ref<T> body_;
};

}  // namespace detail

// Awaits with a time limit. When it passes, what is awaited is cancelled (a future too) and its clean-up awaited, then
// timeout_error thrown; a value or another error that it still ends with is given instead. limit <= 0: a task is not even
// started; what is done already gives its result.
// Cancel: cancels what is awaited and waits for it; beats a limit that passes in the same turn. Lossless where what it awaits
// is. Thread: a loop's. Throws: timeout_error; cancelled_error; what the awaited throws; invalid_state_error for an empty task.
template <awaitable A>
detail::wait_for_awaiter<detail::result_inside_t<A>> wait_for(A&& a, time_span limit) {
    const duration span = limit;
    const bool never_start = detail::is_task<std::remove_cvref_t<A>>::value && span <= duration::zero();
    return detail::wait_for_awaiter<detail::result_inside_t<A>>(detail::as_task(std::forward<A>(a)), span, never_start);
}

}  // namespace gyre
