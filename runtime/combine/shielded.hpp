#pragma once
#include <gyre/runtime/combine/timed_body.hpp>
#include <gyre/runtime/coroutine/chrono.hpp>

#include <coroutine>
#include <utility>

namespace gyre::detail {

// How long a clean-up may take before it is cancelled itself.
inline constexpr std::chrono::seconds cleanup_grace(30);

// Runs a clean-up to its end, whatever is asked of the task around it meanwhile: a cancel stays pending for the next await.
// Only the grace deadline cancels the clean-up.
class shielded_call final : public timed_body {
public:
    explicit shielded_call(task<void> cleanup) noexcept : timed_body("clean-up"), task_(std::move(cleanup)) {}

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) {
        parent_ = &branch_of(h);
        body_ = make_branch(parent_->owner(), std::move(task_), "a clean-up", this, true);
        arm(cleanup_grace);
        enter(h, *body_);
    }
    // Throws: the clean-up's error; timeout_error when the grace deadline cancelled it.
    void await_resume();
    void cancel() noexcept override {}

private:
    task<void> task_;
    task_ref<void> body_;
};

}  // namespace gyre::detail
