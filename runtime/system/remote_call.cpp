#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/system/remote_call.hpp>

namespace gyre::detail {
namespace {

std::exception_ptr refusal() {
    return std::make_exception_ptr(
        invalid_state_error("gyre: submit_to(): the shards are stopping and take no more calls; let the tasks that use them end before"));
}

}  // namespace

// ---------------------------------------------------------------- at home

bool remote_call::begin() {
    loop_state& home = loop_of(*branch_);
    request_.set(*this, &remote_call::arrive, &remote_call::refuse);
    cancel_.set(*this, &remote_call::pass_cancel, &remote_call::end_pass);
    context_ = copy_current_context();
    home.expect_post();
    home.begin_outside_work();
    if (target_->try_post(request_)) return true;
    home.forget_expected_post();
    home.end_outside_work();
    drop_function();
    std::rethrow_exception(refusal());
}

void remote_call::cancel() noexcept {
    const int level = branch_->level_cancelled() ? int{cancel_level} : 0;
    const std::uint8_t before = progress_.fetch_or(static_cast<std::uint8_t>(cancel_under_way | level));
    if ((before & (ended | cancel_under_way)) != 0) return;
    if (target_->try_post(cancel_)) return;
    // The target has closed, and with it ended the task. Who came second there or here lets it go.
    if ((progress_.fetch_and(static_cast<std::uint8_t>(~cancel_under_way)) & ended) == 0) return;
    loop_of(*branch_).forget_expected_post();
    branch_->wake();
}

void remote_call::settle() {
    throw_if_stopped();
    loop_of(*branch_).end_outside_work();
    if (delivered_ && branch_->cancel_is_due()) {
        // The task there has met the request: the one here must not meet it again.
        branch_->take_request();
    }
    if (cancelled_) throw cancelled_error();
    if (error_) std::rethrow_exception(std::move(error_));
}

// ---------------------------------------------------------------- in the target's thread

void remote_call::arrive() noexcept {
    if (!open_->load(std::memory_order_relaxed)) return refuse();
    try {
        const context_scope scope(context_);
        task_ = make_task(*target_);
    } catch (...) {
        error_ = std::current_exception();
    }
    if (error_) return end();  // not in the handler, which holds on to the error: from here on it is the other thread's
    task_->observe(*this);
    target_->roots.push_back(*task_);
    task_->start();
}

void remote_call::refuse() noexcept {
    error_ = refusal();
    end();
}

void remote_call::completed(future_core&) noexcept {
    delivered_ = task_->cancel_was_delivered();
    cancelled_ = task_->state() == future_state::cancelled;
    error_ = task_->take_error();
    if (!cancelled_ && !error_) try {
            take_value(*task_);
        } catch (...) {  // its move constructor's
            error_ = std::current_exception();
        }
    task_ = core_ref<branch>();
    end();
}

void remote_call::end() noexcept {
    drop_function();
    if ((progress_.fetch_or(ended) & cancel_under_way) == 0) hand_back();
}

void remote_call::pass_cancel() noexcept {
    const std::uint8_t before = progress_.fetch_and(static_cast<std::uint8_t>(~cancel_under_way));
    if ((before & ended) != 0) return hand_back();
    if ((before & cancel_level) != 0)
        task_->level_cancel();
    else
        task_->forward_cancel();
}

// The loop closes: every task has ended.
void remote_call::end_pass() noexcept {
    progress_.fetch_and(static_cast<std::uint8_t>(~cancel_under_way));
    hand_back();
}

void remote_call::hand_back() noexcept { loop_of(*branch_).post_expected(*branch_); }

}  // namespace gyre::detail
